// Shows how far a job is, as the server tells it; when it is over, its result. Without a network it waits quietly.
const place = document.getElementById("progress");
let stream = null;

function follow() {
  if (!navigator.onLine || stream) return;
  stream = new EventSource(place.dataset.stream);
  stream.onmessage = (event) => { place.innerHTML = event.data; };
  stream.addEventListener("over", () => { stop(); location.replace(place.dataset.page); });
}
function stop() {
  stream?.close();
  stream = null;
}
addEventListener("online", follow);
addEventListener("offline", stop);
follow();
