package dev.secateur.actors.cli;

import dev.secateur.recovery.Trainer;
import java.io.PrintWriter;
import java.util.Locale;

/** A line to every so many steps of a training: loss, rate, speed, time left. */
final class TrainingProgress {
  private final PrintWriter talk;
  private final long start = System.nanoTime();
  private long tokens;

  private int steps;

  TrainingProgress(PrintWriter talk) {
    this.talk = talk;
  }

  void show(Trainer.Step step) {
    tokens += step.tokens();
    steps++;
    int every = Math.max(1, Math.min(100, step.steps() / 20));
    if (step.validation().isPresent()) {
      talk.printf(
          Locale.ROOT,
          "step %d/%d  validation loss %.4f%n",
          step.step(),
          step.steps(),
          step.validation().getAsDouble());
    }
    if (step.step() % every == 0 || step.step() == step.steps()) {
      double seconds = (System.nanoTime() - start) / 1e9;
      talk.printf(
          Locale.ROOT,
          "step %d/%d  loss %.4f  rate %.2e  %.0f tokens/s  %.0f s left%n",
          step.step(),
          step.steps(),
          step.loss(),
          step.rate(),
          tokens / seconds,
          seconds / steps * (step.steps() - step.step()));
      talk.flush();
    }
  }
}
