// The walk of a round on a Leaflet map without tiles: numbered stops and the line between them.
import { say } from "./dom.js";

function load(tag, attributes) {
  return new Promise((done, failed) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.addEventListener("load", done);
    node.addEventListener("error", failed);
    document.head.append(node);
  });
}

export async function draw(place, shift, stops) {
  await Promise.all([
    window.L ? null : load("script", { src: "/static/vendor/leaflet.js" }),
    load("link", { rel: "stylesheet", href: "/static/vendor/leaflet.css" }),
  ]);
  const map = L.map(place, { attributionControl: false, zoomControl: true, scrollWheelZoom: false });
  const points = stops.map((stop) => [stop.lat, stop.lon]);
  const site = [shift.site.lat, shift.site.lon];
  L.polyline([site, ...points], { className: "walk", weight: 3 }).addTo(map);
  L.circleMarker(site, { radius: 6, className: "site" }).bindTooltip(shift.site.name).addTo(map);
  stops.forEach((stop, at) => {
    L.circleMarker(points[at], { radius: 13, className: "stop" }).bindTooltip(String(at + 1), { permanent: true, direction: "center", className: "stop-number" })
      .bindPopup(stop.address).addTo(map);
  });
  map.fitBounds(L.latLngBounds([site, ...points]).pad(0.15));
  place.setAttribute("aria-label", say("map"));
}
