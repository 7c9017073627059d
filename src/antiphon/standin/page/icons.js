// A few line drawings, 24 by 24, drawn for this page.

const PATHS = {
  hash: "M9.5 3 7.5 21M16.5 3l-2 18M4 8.5h16.5M3.5 15.5H20",
  thread: "M9.5 3 8.2 14M16.5 3l-.6 6M4 8.5h16.5M3.5 15.5H9M13 13h8v6h-4l-2.5 2.5V19H13z",
  forum: "M4 5h13v9H9l-4 3.5V14H4zM20 9v8h-1v3l-3-3h-5",
  voice: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.5 6a8 8 0 0 1 0 12",
  stage: "M12 14a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6 20c0-3 3-4 6-4s6 1 6 4M5 14a8 8 0 1 1 14 0",
  news: "M4 10v4h3l9 5V5L7 10zM7 14v6h3v-4M19 9a4 4 0 0 1 0 6",
  media: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9h.01",
  at: "M16 12a4 4 0 1 0-1.2 2.9M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1",
  bell: "M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM10 20a2 2 0 0 0 4 0",
  silent: "M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM10 20a2 2 0 0 0 4 0M3 3l18 18",
  pin: "M9 3h6l-1 6 4 4v2H6v-2l4-4zM12 15v6",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 20c0-4 3-6 7-6s7 2 7 6M16 3.5a4 4 0 0 1 0 7M18 14.5c2.5.8 4 2.6 4 5.5",
  menu: "M3 6h18M3 12h18M3 18h18",
  close: "M5 5l14 14M19 5 5 19",
  reply: "M9 5 3 11l6 6v-4c5 0 9 1 12 6-1-7-5-10-12-10z",
  edit: "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14c1 2 2.2 3 3.5 3s2.5-1 3.5-3M9 9.500h.01M15 9.500h.01",
  plus: "M12 4v16M4 12h16",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 3v12M7 11l5 5 5-5M4 20h16",
  down: "M6 9l6 6 6-6",
  right: "M9 6l6 6-6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  apps: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  send: "M4 4l17 8-17 8 3-8z",
  link: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  archive: "M3 4h18v5H3zM5 9v11h14V9M10 13h4",
  check: "M5 12.5 10 17.5 19.5 7",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  crown: "M3 8l4.5 4L12 5l4.5 7L21 8l-2 11H5z",
  slash: "M15 4 9 20",
};

/** A drawing; `label` makes it speak, without one it is decoration. */
export function icon(name, label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
