/* The webcam: show it, count down, take one still picture. */

const COUNTDOWN_SECONDS = 5;

/** Whether this browser can show a camera at all (it needs HTTPS or localhost). */
export const available = () => Boolean(navigator.mediaDevices?.getUserMedia);

export class Camera {
  #stream = null;
  #video;
  #countdown;

  constructor(video, countdown) {
    this.#video = video;
    this.#countdown = countdown;
  }

  /** Show the camera. Rejects with the browser's NotAllowedError or NotFoundError. */
  async start() {
    const wanted = { facingMode: "user", width: { ideal: 1440 }, height: { ideal: 1920 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  /** Count down and take the picture as a JPEG file; null when the camera was stopped meanwhile. */
  async shoot() {
    for (let left = COUNTDOWN_SECONDS; left > 0 && this.#stream; left -= 1) {
      this.#countdown.textContent = left;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    this.#countdown.textContent = "";
    if (!this.#stream) return null;
    const canvas = document.createElement("canvas");
    canvas.width = this.#video.videoWidth;
    canvas.height = this.#video.videoHeight;
    canvas.getContext("2d").drawImage(this.#video, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    return new File([blob], "camera.jpg", { type: "image/jpeg" });
  }

  /** Switch the camera off. */
  stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
    this.#countdown.textContent = "";
  }
}
