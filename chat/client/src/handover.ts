// The last page of the sign-in window: gives the code to the page of our own origin that opened it, and closes.
const place = document.getElementById("handover");
const code = place?.dataset.code;
const asker = window.opener as Window | null;
if (code && asker) {
  delete place.dataset.code;
  asker.postMessage({ parley: "handover", code }, location.origin);
  window.close();
} else if (place) {
  place.hidden = true;
  document.getElementById("lost")!.hidden = false;
}
export {};
