/** Products of many rows with a matrix, where training spends its time; row-major Float64Array data from an offset on. */

/**
 * out += x M^T, for x (rows, n), M (m, n) and out (rows, m).
 *
 * Two rows of x and two of M at a time: each number that is read serves two of four sums, none of which waits
 * for another.
 */
export function addProduct(x, xStart, M, rows, m, n, out, outStart) {
  for (let p = 0; p < rows; p += 2) {
    const lastRow = p + 1 === rows;
    const x0 = xStart + p * n;
    const x1 = lastRow ? x0 : x0 + n;
    const o0 = outStart + p * m;
    for (let i = 0; i < m; i += 2) {
      const lastColumn = i + 1 === m;
      const m0 = i * n;
      const m1 = lastColumn ? m0 : m0 + n;
      let sum00 = 0;
      let sum01 = 0;
      let sum10 = 0;
      let sum11 = 0;
      for (let j = 0; j < n; j++) {
        const a = x[x0 + j];
        const b = x[x1 + j];
        const c = M[m0 + j];
        const d = M[m1 + j];
        sum00 += a * c;
        sum01 += a * d;
        sum10 += b * c;
        sum11 += b * d;
      }
      out[o0 + i] += sum00;
      if (!lastColumn) out[o0 + i + 1] += sum01;
      if (lastRow) continue;
      out[o0 + m + i] += sum10;
      if (!lastColumn) out[o0 + m + i + 1] += sum11;
    }
  }
}

/** out += a^T b, for a (rows, m), b (rows, n) and out (m, n); four rows at a time. */
export function addOuter(a, b, rows, m, n, out) {
  const whole = rows - (rows % 4);
  for (let p = 0; p < whole; p += 4) {
    const a0 = p * m;
    const b0 = p * n;
    const b1 = b0 + n;
    const b2 = b1 + n;
    const b3 = b2 + n;
    for (let i = 0; i < m; i++) {
      const w0 = a[a0 + i];
      const w1 = a[a0 + m + i];
      const w2 = a[a0 + 2 * m + i];
      const w3 = a[a0 + 3 * m + i];
      const start = i * n;
      for (let j = 0; j < n; j++)
        out[start + j] += w0 * b[b0 + j] + w1 * b[b1 + j] + w2 * b[b2 + j] + w3 * b[b3 + j];
    }
  }
  for (let p = whole; p < rows; p++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) out[i * n + j] += a[p * m + i] * b[p * n + j];
    }
  }
}
