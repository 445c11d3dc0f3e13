// Every two seconds: fetch this page again and put its lists in place of ours, unless a person is using one of them.
// Keyboard focus on a button is found again by the form it stands in.
const parts = ["agenda", "facts", "mails", "calls"];
async function renew() {
  const active = document.activeElement;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of parts) {
        const ours = document.getElementById(id), theirs = fresh.getElementById(id);
        if (!ours || !theirs || ours.innerHTML === theirs.innerHTML || ours.contains(active)) continue;
        ours.replaceChildren(...theirs.childNodes);
      }
    }
  } catch { /* The server is away; the next round will see. */ }
  setTimeout(renew, 2000);
}
setTimeout(renew, 2000);
