package dev.secateur.worker;

import dev.secateur.recovery.Trainer;

/** Told how a training goes. */
public interface TrainingListener extends Trainer.Listener {
  /** Called once, before the first step. */
  void noticed(TrainingNotices notices);
}
