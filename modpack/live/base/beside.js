/** Scripts beside the pages of a book. A page on a disk may read no file, but it may add a script element. */

/** The folder of the book's scripts; undefined where there is no book, as in JupyterLab. */
function folder() {
  const { content_root: root } = document.documentElement.dataset;
  return root === undefined ? undefined : `${root}_static/`;
}

/** Whether the page is one of a book. */
export const isInBook = () => folder() !== undefined;

/** Run the script at a path beside the page. */
export function runBeside(path) {
  return new Promise((resolve, reject) => {
    const src = `${folder()}${path.split("/").map(encodeURIComponent).join("/")}`;
    const onerror = () => reject(new Error(`${path} is not beside the page`));
    document.head.append(
      Object.assign(document.createElement("script"), { src, onload: resolve, onerror }),
    );
  });
}

/** What draws figures of a kind, from its script beside the page, as beside.py writes it. */
export async function figureBeside(name) {
  if (globalThis.modpackFigures?.[name] === undefined) await runBeside(`figures/${name}.js`);
  return globalThis.modpackFigures[name];
}

/** A figure whose script comes from beside the page. */
export const figureToCome = (name) => ({
  async render(given) {
    try {
      return (await figureBeside(name)).render(given);
    } catch (error) {
      given.el.append(`This figure cannot be shown: ${error.message}.`);
      throw error;
    }
  },
});
