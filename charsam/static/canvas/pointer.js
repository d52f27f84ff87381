// Mouse, pen and fingers on the canvas: what is a pan or a pinch moves the picture, all else goes to the tool at hand.
import { tr } from "../shared/words.js";

const SCROLLS = window.matchMedia("(max-width: 900px)"); // as in page.css: the halves lie below each other

export function canvasPointer(canvas) {
  const { stage, view } = canvas;
  const fingers = new Map();
  let panning = null; // {last} while the picture is dragged
  let pinch = null; // {distance, middle} while two fingers are down
  let busy = null; // the pointer that the tool follows
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
  };

  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { distance: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  };

  /** On a page that scrolls, one finger scrolls it and two move the picture; a tool, a handle or what is chosen is one
   * finger's business.
   */
  function touched(event) {
    const [touch] = event.touches;
    const own = canvas.document && canvas.grips?.(view.toImage(place(touch)), place(touch));
    if (event.touches.length > 1 || !SCROLLS.matches || (canvas.tool ?? "select") !== "select" || own)
      event.preventDefault();
  }

  const ours = (event) => !event.target.closest(".cv-field, .cv-note, button, input") && canvas.document;

  function down(event) {
    if (!ours(event)) return;
    const at = place(event);
    canvas.field.take(); // what was typed is not lost by clicking on
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      canvas.active.drop();
      busy = panning = null;
      pinch = spread();
      return;
    }
    if (busy !== null || fingers.size > 2) return;
    event.preventDefault();
    canvas.crosshair = false;
    canvas.pointer = view.toImage(at);
    if (event.button === 1 || canvas.spaceHeld || (event.button === 2 && canvas.tool !== "point"))
      panning = { last: at, id: event.pointerId };
    else {
      busy = event.pointerId;
      if (canvas.active.down(canvas.pointer, event, at) === "pan")
        panning = { last: at, start: at, id: event.pointerId, tap: true };
    }
    view.touch("live");
  }

  function move(event) {
    const at = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (pinch && fingers.size === 2) {
      const now = spread();
      view.panBy(now.middle[0] - pinch.middle[0], now.middle[1] - pinch.middle[1]);
      view.zoomBy(now.distance / (pinch.distance || 1), ...now.middle);
      pinch = now;
      return;
    }
    if (panning?.id === event.pointerId) {
      if (event.pointerType === "touch" && SCROLLS.matches) return;
      if (panning.tap && Math.hypot(at[0] - panning.start[0], at[1] - panning.start[1]) < 3) return;
      panning.tap = false;
      view.panBy(at[0] - panning.last[0], at[1] - panning.last[1]);
      panning.last = at;
      stage.style.cursor = "grabbing";
      return;
    }
    if (!canvas.document) return;
    const far = Math.hypot(event.movementX, event.movementY);
    if (canvas.crosshair && busy === null && far < 2) return; // a trembling mouse does not take the keyboard's place
    canvas.crosshair = false;
    for (const part of busy === null ? [event] : (event.getCoalescedEvents?.() ?? [event])) {
      canvas.pointer = view.toImage(place(part));
      if (busy === event.pointerId) canvas.active.move(canvas.pointer, part, place(part));
    }
    if (busy === null) hover(at, event);
    view.touch("live");
  }

  let asked = 0;

  function hover(at, event) {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => {
      if (!canvas.document || !canvas.pointer) return;
      stage.style.cursor = canvas.spaceHeld ? "grab" : canvas.active.cursor(canvas.pointer, at);
      if (event.pointerType !== "touch") canvas.hoverAt(canvas.pointer);
    });
  }

  function up(event) {
    fingers.delete(event.pointerId);
    if (pinch) {
      if (!fingers.size) pinch = null;
      return;
    }
    const at = place(event),
      tapped = panning?.tap !== false;
    if (panning?.id === event.pointerId) panning = null;
    if (busy !== event.pointerId) return;
    busy = null;
    canvas.pointer = view.toImage(at);
    if (event.type === "pointerup" && tapped) canvas.active.up(canvas.pointer, event, at);
    else canvas.active.drop();
    if (event.type === "pointercancel" && SCROLLS.matches) canvas.say?.(tr("Two fingers move and zoom the image."));
    if (event.pointerType === "touch") canvas.pointer = null;
    hover(at, event);
    view.touch("live");
  }

  stage.addEventListener("touchstart", touched, { passive: false });
  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("pointerleave", () => {
    if (busy !== null || canvas.crosshair) return;
    canvas.pointer = null;
    canvas.hoverAt(null);
    view.touch("live");
  });
  stage.addEventListener("mousedown", (event) => {
    if (event.button === 1) event.preventDefault();
  }); // no autoscroll
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("auxclick", (event) => event.preventDefault());
  stage.addEventListener("dblclick", (event) => {
    if (ours(event)) canvas.doubled(view.toImage(place(event)), place(event));
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!canvas.document) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? view.h : 1;
      if (event.shiftKey && !event.ctrlKey) return view.panBy(-(event.deltaX || event.deltaY) * unit, 0);
      view.zoomBy(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0018)), ...place(event));
    },
    { passive: false },
  );
}
