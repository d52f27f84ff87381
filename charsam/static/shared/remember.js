// A reload opens the image that was open: its id goes into the address, and is kept for this tab.
(() => {
  const here = new URL(location.href);
  let kept = null;
  try { kept = sessionStorage.getItem("charsam.image"); } catch { /* a frame without storage */ }
  if (kept && !here.searchParams.has("image")) {
    here.searchParams.set("image", kept);
    history.replaceState(history.state, "", here);
  }
})();

export function rememberImage(id) {
  const here = new URL(location.href);
  if (id) here.searchParams.set("image", id);
  else here.searchParams.delete("image");
  history.replaceState(history.state, "", here);
  try {
    if (id) sessionStorage.setItem("charsam.image", id);
    else sessionStorage.removeItem("charsam.image");
  } catch { /* a frame without storage */ }
}
