// Playing and stepping. The video plays; a stop and every step show the server's picture of a frame.

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

export class Player {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./pictures.js").Pictures} pictures
   * @param {HTMLVideoElement} video
   * @param {(line: string) => void} warn
   */
  constructor(state, pictures, video, warn) {
    this.state = state;
    this.pictures = pictures;
    this.video = video;
    this.warn = warn;
    this.playing = false;
    this.speed = 1;
    /** What the browser's clock shows at the run's time 0. */
    this.shift = 0;
    /** Until which frame it plays; null: to the end. @type {number | null} */
    this.until = null;
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.hasVideo = false;
    /** Whether the video's picture is the one of the state's frame. */
    this.showsVideo = false;
    /** That picture; null: what the video shows right now. @type {VideoFrame | null} */
    this.held = null;
    this.lastStill = 0;
    this.began = { time: 0, clock: 0 };
    video.addEventListener("error", () => this.giveUpVideo());
    video.addEventListener("ended", () => this.pause());
    if (state.run.play) this.openVideo(state.run.play.url);
    state.on("frame", () => {
      if (!this.playing) this.look();
    });
    this.look();
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /** @param {string} url */
  openVideo(url) {
    this.hasVideo = true;
    this.video.muted = true;
    this.video.preload = "metadata"; // all of it would keep a connection busy
    this.video.src = url;
    // What is shown first tells where the browser's clock begins: not at 0 in every file.
    this.video.requestVideoFrameCallback?.((_now, shown) => {
      const { first } = this.state.run.video;
      if (first === 1 && !this.playing && this.video.currentTime < 0.001) {
        this.shift = shown.mediaTime - this.state.times.of(first);
      }
    });
  }

  giveUpVideo() {
    if (!this.hasVideo) return;
    this.hasVideo = false;
    this.warn("this browser cannot play the video: it is played picture by picture");
    if (this.playing) {
      this.playing = false;
      this.play(this.until);
    }
  }

  /** Show the server's picture of the frame. */
  look() {
    this.drop();
    this.pictures.want(this.state.frame);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** @param {number | null} [until] the frame to stop at */
  play(until = null) {
    if (this.playing) return;
    const { first, last } = this.state.run.video;
    if (this.state.frame >= last) this.state.goTo(first);
    this.until = until;
    this.playing = true;
    const { times, frame } = this.state;
    this.began = { time: times.of(frame), clock: performance.now() };
    if (this.hasVideo) this.playVideo();
    else requestAnimationFrame(() => this.playPictures());
    this.tell();
  }

  async playVideo() {
    const { times, frame } = this.state;
    this.pictures.rest();
    this.video.playbackRate = this.speed;
    // The middle of the frame: its very start may still show the one before.
    this.video.currentTime = times.of(frame) + this.shift + times.lasting(frame) / 2;
    this.follow();
    try {
      await this.video.play();
    } catch (error) {
      if (this.playing && !(error instanceof DOMException && error.name === "AbortError")) this.giveUpVideo();
    }
  }

  /** Take up each frame that the video shows. */
  follow() {
    /** @param {number} time @param {boolean} exact */
    const take = (time, exact) => {
      if (!this.playing || !this.hasVideo) return;
      const { times } = this.state;
      const at = this.grab(time) - this.shift;
      this.arrive(exact ? times.nearest(at) : times.frameAt(at));
      if (this.playing) next();
    };
    const next = () => {
      if ("requestVideoFrameCallback" in this.video) {
        this.video.requestVideoFrameCallback((_now, shown) => take(shown.mediaTime, true));
      } else {
        requestAnimationFrame(() => take(this.video.currentTime, false));
      }
    };
    next();
  }

  /**
   * Hold the picture that the video shows, so that what is drawn is the frame that is marked, even
   * where the video is ahead by then. Returns its time.
   * @param {number} time  as the video tells it
   * @returns {number}
   */
  grab(time) {
    this.drop();
    this.showsVideo = true;
    if (!("VideoFrame" in window)) return time;
    try {
      this.held = new VideoFrame(this.video);
      return this.held.timestamp / 1e6;
    } catch {
      return time;
    }
  }

  drop() {
    this.held?.close();
    this.held = null;
    this.showsVideo = false;
  }

  playPictures() {
    if (!this.playing || this.hasVideo) return;
    const { times, frame } = this.state;
    const { images } = this.state.run.video;
    if (!images || this.pictures.of(frame)) {
      const now = performance.now();
      const time = this.began.time + ((now - this.began.clock) / 1000) * this.speed;
      const due = times.frameAt(time);
      if (due > frame) {
        const there = !images || this.pictures.of(due) ? due : frame + 1;
        this.pictures.want(there);
        this.began = { time: there === due ? time : times.of(there), clock: now };
        this.arrive(there);
      }
    } else {
      this.pictures.want(frame);
      this.began = { time: times.of(frame), clock: performance.now() };
    }
    requestAnimationFrame(() => this.playPictures());
  }

  /** @param {number} frame */
  arrive(frame) {
    const { last } = this.state.run.video;
    const end = Math.min(this.until ?? last, last);
    const before = this.state.frame;
    this.state.goTo(Math.min(frame, end));
    if (frame >= end) this.pause();
    else if (before === this.state.frame) this.state.tell("tables");
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.until = null;
    if (this.hasVideo) this.video.pause();
    this.pictures.want(this.state.frame);
    this.tell();
  }

  /** @param {number} frames */
  step(frames) {
    this.pause();
    this.state.goTo(this.state.frame + frames);
  }

  /** @param {number} frame */
  jump(frame) {
    if (!this.playing) {
      this.state.goTo(frame);
      return;
    }
    const { until } = this;
    this.pause();
    this.state.goTo(frame);
    this.play(until);
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    const { times, frame } = this.state;
    this.began = { time: times.of(frame), clock: performance.now() };
    this.video.playbackRate = speed;
    this.tell();
  }

  /** @param {1 | -1} direction */
  changeSpeed(direction) {
    const place = SPEEDS.indexOf(this.speed) + direction;
    this.setSpeed(SPEEDS[Math.min(Math.max(place, 0), SPEEDS.length - 1)] ?? 1);
  }

  /**
   * What is to be drawn, and of which frame it is: the video while it plays, until the picture of
   * its last frame is there; then pictures, the one before until the next is there.
   * @returns {{image: CanvasImageSource | null, frame: number} | null}
   */
  get picture() {
    const { frame, run } = this.state;
    if (!run.video.images) return { image: null, frame };
    const still = this.pictures.of(frame);
    if (this.showsVideo && (this.playing || !still)) return { image: this.held ?? this.video, frame };
    if (still) {
      this.lastStill = frame;
      return { image: still, frame };
    }
    const before = this.pictures.of(this.lastStill);
    return before ? { image: before, frame: this.lastStill } : null;
  }
}
