/** What a figure needs of a widget's model, for figures that a page makes by itself. */
export class LocalModel {
  constructor(values) {
    this.values = { ...values };
    this.listeners = new Map();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    if (JSON.stringify(value) === JSON.stringify(this.values[name])) return;
    this.values[name] = value;
    for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
  }

  save_changes() {} // there is nobody to tell

  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  off(event, listener) {
    const others = (this.listeners.get(event) ?? []).filter((each) => each !== listener);
    this.listeners.set(event, others);
  }
}
