package dev.secateur.protocol;

/** How calibration samples are drawn from the rows of a text. */
public enum Sampling implements Labelled {
  /** Each begins at a random row and goes on into those that follow. */
  ROWS,
  /** As published: a random window of a random row that is long enough, begin token included. */
  WINDOW,
  /** As published for ChatGLM: the first dialogues, of which only the answer is predicted. */
  DIALOGUE
}
