"""Links that reproduce what a page shows: `?tab=live`, `?example=smile`, `?lang=de`.

Conventions: all of it runs in the browser and the server learns nothing. A visitor whose browser asks for a language
that the app speaks is taken to its page, unless the link names a language.
"""

ON_HEADER = """
const header = element.querySelector("[data-language]");
const language = header.dataset.language;
const given = new URLSearchParams(location.search);
document.documentElement.lang = language;

const tabs = JSON.parse(header.dataset.tabs);
const tabIds = Object.keys(tabs);
const inMenu = () => [...document.querySelectorAll(".overflow-dropdown button")];
const findTab = (id) => document.getElementById(`${id}-tab-button`)
  ?? inMenu().find((button) => button.textContent.trim() === tabs[id]);

const link = (code) => header.querySelector(`a[hreflang="${code}"]`);
const wanted = given.get("lang") ?? (language === "en" ? navigator.language.slice(0, 2) : language);
if (wanted !== language && link(wanted)) {
  given.delete("lang");
  location.replace(link(wanted).href.split("?")[0] + (given.size ? "?" + given : ""));
}

const remember = (name, value) => {
  const parameters = new URLSearchParams(location.search);
  parameters.set(name, value);
  history.replaceState(history.state, "", location.pathname + "?" + parameters);
};
document.addEventListener("click", (event) => {
  const tab = event.target.closest("button");
  const opened = tab && tabIds.find((id) => findTab(id) === tab);
  if (opened) remember("tab", opened);
  const example = event.target.closest(".mm-example");
  if (example) remember("example", example.dataset.name);
  const other = event.target.closest(".mm-languages a");
  if (other) {
    const parameters = new URLSearchParams(location.search);
    parameters.set("lang", other.hreflang);
    other.href = other.href.split("?")[0] + "?" + parameters;
  }
}, true);

const pressWhenThere = (find, triesLeft = 200) => {
  const found = find();
  if (found) found.click();
  else if (triesLeft) setTimeout(pressWhenThere, 50, find, triesLeft - 1);
};
const name = (value) => CSS.escape(value);
if (given.get("example"))
  pressWhenThere(() => document.querySelector(`.mm-example[data-name="${name(given.get("example"))}"]`));
if (tabIds.includes(given.get("tab"))) pressWhenThere(() => findTab(given.get("tab")));
"""
"""Runs in the browser once the header is there: opens what the address names, and keeps the address up to date."""
