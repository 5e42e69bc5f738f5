// Resolve every widget module in the folder vendor beside this file; never on another host.
(() => {
  const script = document.currentScript;
  const vendor = new URL("vendor/", script.src).href;
  const manager = `${vendor}html-manager/`;
  script.setAttribute("data-jupyter-widgets-cdn", vendor); // embed-amd.js looks for this attribute
  window.requirejs.config({
    waitSeconds: 0,
    baseUrl: vendor, // "anywidget" -> vendor/anywidget.js
    paths: {
      // bundled in embed-amd.js: only the folder of its icon font follows from these
      "@jupyter-widgets/base": `${manager}base`,
      "@jupyter-widgets/controls": `${manager}controls`,
      "@jupyter-widgets/output": `${manager}output`,
      "@jupyter-widgets/html-manager": `${manager}index`,
      "@jupyter-widgets/html-manager/dist/libembed-amd": `${manager}libembed-amd`,
    },
  });
  // html-manager typesets labels, \(x\), through the interface of MathJax 2; the page has MathJax 3.
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.MathJax) return;
    MathJax.Hub = {
      Queue: ([, , element]) => {
        MathJax.startup.promise = MathJax.startup.promise.then(() =>
          MathJax.typesetPromise([element]),
        );
      },
    };
  });
})();
