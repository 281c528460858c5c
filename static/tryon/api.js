/* The REST API as the dialog uses it: session cookie, CSRF header, one kind of error. */

const BASE = "/api/v1/";

/** A refusal of the API: `code` is stable, `message` is for people. `retryAfter` is in seconds or null. */
export class ApiError extends Error {
  constructor(code, message, status, retryAfter = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const csrfToken = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";

async function call(method, path, { json, headers = {} } = {}) {
  const options = { method, credentials: "same-origin", headers: { Accept: "application/json", ...headers } };
  if (method !== "GET") options.headers["X-CSRFToken"] = csrfToken();
  if (json !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  }
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch {
    throw new ApiError("network", "", 0);
  }
  return answer(response.status, await response.text(), response.headers.get("Retry-After"));
}

function answer(status, text, retryAfter) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  const seconds = retryAfter ? Number(retryAfter) : null;
  if (status >= 400 || status === 0) {
    throw new ApiError(body?.code ?? "internal_error", body?.detail ?? "", status, seconds);
  }
  return { body, retryAfter: seconds };
}

const bodyOf = async (request) => (await request).body;

export const consents = () => bodyOf(call("GET", "consents/"));
export const agree = (version) => bodyOf(call("POST", "consents/", { json: { purpose: "tryon", version } }));
export const photos = async () => (await bodyOf(call("GET", "photos/"))).results;
export const photo = (id) => bodyOf(call("GET", `photos/${id}/`));
export const deletePhoto = (id) => bodyOf(call("DELETE", `photos/${id}/`));
export const cancelTryon = (id) => bodyOf(call("POST", `tryons/${id}/cancel/`));
export const pollTryon = (id) => call("GET", `tryons/${id}/`);

export function submitTryon(photoId, garmentId, key) {
  const headers = { "Idempotency-Key": key };
  return bodyOf(call("POST", "tryons/", { json: { photo: photoId, garments: [garmentId] }, headers }));
}

/** Send a photo. `onProgress` gets 0 to 1. XMLHttpRequest, since fetch does not tell how far an upload is. */
export function uploadPhoto(file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("image", file, file.name || "photo.jpg");
    request.open("POST", `${BASE}photos/`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError("network", "", 0));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onload = () => {
      try {
        resolve(answer(request.status, request.responseText, request.getResponseHeader("Retry-After")).body);
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
