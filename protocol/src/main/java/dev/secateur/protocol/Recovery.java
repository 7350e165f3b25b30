package dev.secateur.protocol;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Whether, and how, the pruned models of trials are trained. */
public sealed interface Recovery {
  /** How they are trained, unless none is. */
  Optional<On> settings();

  /** No pruned model is trained. */
  record Off() implements Recovery {
    @Override
    public Optional<On> settings() {
      return Optional.empty();
    }
  }

  /**
   * The pruned models of some of the trials are trained.
   *
   * @param strategies whose trials are recovered
   * @param ratios whose trials are recovered
   * @param when which of those, by what their pruned models are like
   * @param data instruction rows, a text, or {@code wordnet}
   * @param tuning of the adapter; a model from random weights has rates of its own
   */
  record On(
      List<Strategy> strategies,
      List<BigDecimal> ratios,
      RecoveryBound when,
      TextRef data,
      Tuning tuning,
      Method method)
      implements Recovery {
    @Override
    public Optional<On> settings() {
      return Optional.of(this);
    }
  }

  /** What is trained of each pruned model. */
  sealed interface Method {
    /** Whether a LoRA adapter is trained. */
    boolean hasAdapter();

    /** How a model from random weights is trained, if one is. */
    Optional<Scratch> scratch();
  }

  /** A LoRA adapter. */
  record Lora() implements Method {
    @Override
    public boolean hasAdapter() {
      return true;
    }

    @Override
    public Optional<Scratch> scratch() {
      return Optional.empty();
    }
  }

  /**
   * A model of the same shape from random weights.
   *
   * @param learningRate the peak
   */
  record Scratch(double learningRate, double weightDecay) implements Method {
    @Override
    public boolean hasAdapter() {
      return false;
    }

    @Override
    public Optional<Scratch> scratch() {
      return Optional.of(this);
    }
  }

  /** A LoRA adapter, and beside it a model of the same shape from random weights. */
  record LoraAndScratch(Scratch beside) implements Method {
    @Override
    public boolean hasAdapter() {
      return true;
    }

    @Override
    public Optional<Scratch> scratch() {
      return Optional.of(beside);
    }
  }
}
