package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.function.UnaryOperator;

/** A model of a trial: the base, or one that stages have made of it. */
public sealed interface Subject {
  /** The same with its stages under other keys. */
  Subject under(UnaryOperator<StageKey> keys);

  /** As it is written. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static Subject read(WrittenSubject written) {
    return written.subject();
  }

  @JsonValue
  private WrittenSubject written() {
    return this instanceof Made made ? made.as(WrittenSubject.OF) : WrittenSubject.BASE;
  }

  /** A function of subjects that are not the base, case by case. */
  interface Cases<R> {
    R pruned(Pruned subject);

    R recovered(Recovered subject);

    R recovering(Recovering subject);

    R trained(Trained subject);
  }

  /** A model that stages have made. */
  sealed interface Made extends Subject {
    /** Of all cases the one of this subject. */
    <R> R as(Cases<R> cases);
  }

  /** What can be exported: the pruned model, with its adapter merged if it has one. */
  sealed interface Exportable extends Made {
    StageKey recipe();

    @Override
    Exportable under(UnaryOperator<StageKey> keys);
  }

  record Base() implements Subject {
    @Override
    public Base under(UnaryOperator<StageKey> keys) {
      return this;
    }
  }

  /** The pruned model. */
  record Pruned(StageKey recipe) implements Exportable {
    @Override
    public Pruned under(UnaryOperator<StageKey> keys) {
      return new Pruned(keys.apply(recipe));
    }

    @Override
    public <R> R as(Cases<R> cases) {
      return cases.pruned(this);
    }
  }

  /** The pruned model with its adapter. */
  record Recovered(StageKey recipe, StageKey adapter) implements Exportable {
    @Override
    public Recovered under(UnaryOperator<StageKey> keys) {
      return new Recovered(keys.apply(recipe), keys.apply(adapter));
    }

    @Override
    public <R> R as(Cases<R> cases) {
      return cases.recovered(this);
    }

    /** The same with the adapter as it was after a step of its training. */
    public Recovering after(int step) {
      return new Recovering(recipe, adapter, step);
    }
  }

  /**
   * The pruned model with its adapter as it was on the way.
   *
   * @param step of the adapter's training after which it is used
   */
  record Recovering(StageKey recipe, StageKey adapter, int step) implements Made {
    @Override
    public Recovering under(UnaryOperator<StageKey> keys) {
      return new Recovering(keys.apply(recipe), keys.apply(adapter), step);
    }

    @Override
    public <R> R as(Cases<R> cases) {
      return cases.recovering(this);
    }
  }

  /**
   * A model of the pruned shape trained from random weights.
   *
   * @param training the stage that trained it
   */
  record Trained(StageKey recipe, StageKey training) implements Made {
    @Override
    public Trained under(UnaryOperator<StageKey> keys) {
      return new Trained(keys.apply(recipe), keys.apply(training));
    }

    @Override
    public <R> R as(Cases<R> cases) {
      return cases.trained(this);
    }
  }
}
