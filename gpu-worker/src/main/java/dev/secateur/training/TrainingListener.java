package dev.secateur.training;

/** Receives the progress of a training. */
public interface TrainingListener extends Trainer.Listener {
  /** Called once, before the first step. */
  void noticed(TrainingNotices notices);
}
