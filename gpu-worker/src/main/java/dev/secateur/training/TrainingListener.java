package dev.secateur.training;

/** Told how a training goes. */
public interface TrainingListener extends Trainer.Listener {
  /** Called once, before the first step. */
  void noticed(TrainingNotices notices);
}
