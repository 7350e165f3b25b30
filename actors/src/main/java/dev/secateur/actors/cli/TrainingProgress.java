package dev.secateur.actors.cli;

import dev.secateur.training.LossCurve;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints the notices of a training, then a line every few steps: loss, rate, time left. */
final class TrainingProgress implements TrainingListener {
  private final PrintWriter talk;
  private final long start = System.nanoTime();
  private long tokens;

  private int steps;

  TrainingProgress(PrintWriter talk) {
    this.talk = talk;
  }

  @Override
  public void noticed(TrainingNotices notices) {
    notices.lines().forEach(talk::println);
    talk.flush();
  }

  @Override
  public void validated(LossCurve.Spot spot, int of) {
    talk.printf(Locale.ROOT, "step %d/%d  validation loss %.4f%n", spot.step(), of, spot.loss());
  }

  @Override
  public void stepDone(Trainer.Step step) {
    tokens += step.tokens();
    steps++;
    int every = Math.max(1, Math.min(100, step.steps() / 20));
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
