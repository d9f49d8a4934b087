import { TITLE_EVENT, type TitleDetail } from "./elements/vatio-energy";

/** The page is the element; only the tab's title and the document's language are its own. */
document.addEventListener(TITLE_EVENT, (event) => {
  const { title, language } = (event as CustomEvent<TitleDetail>).detail;
  document.title = title;
  document.documentElement.lang = language;
});
