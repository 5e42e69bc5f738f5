/** What the figure says in words. */

const two = (value) => value.toFixed(2).replace("-", "−");

/** Short of this length along the way between the stimuli there is no answer; as a trained one has length 1. */
const LEAST = 0.5;

export function wordAnswer(answer) {
  if (Math.abs(answer) < LEAST) return "gives no clear answer";
  return `answers stimulus ${answer > 0 ? 1 : 2}`;
}

export function wordParts({ byInput, bySelection }) {
  return `${two(byInput)} by input, ${two(bySelection)} by selection`;
}

function wordNetwork(form, { now, sensitivity, byInput, bySelection }) {
  const [ring1, ring2] = sensitivity.map(two);
  const moved = `${two(byInput + bySelection)} of its sensitivity has moved from ring 1 to ring 2`;
  return (
    `${form}: ${wordAnswer(now.answer)}; a unit of evidence would move the answer by ${ring1} in ring 1 and ` +
    `by ${ring2} in ring 2; since mix 0, ${moved}, ${two(byInput)} through the input vectors and ` +
    `${two(bySelection)} through the selection vector`
  );
}

export function words({ mix, evidence1, evidence2 }, [a, b], results) {
  const networks = Object.entries(results).map(([form, result]) => wordNetwork(form, result));
  return (
    `Mix ${mix.toFixed(2)} of ${a} and ${b}; evidence for stimulus 1: ${two(evidence1)} in ring 1, ` +
    `${two(evidence2)} in ring 2. ${networks.join(". ")}.`
  );
}
