package dev.secateur.memory;

import dev.secateur.model.Decoder;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Precision;

/** A kind of work on a model, with the sizes that memory depends on. */
public sealed interface Work {
  /** The most bytes of arrays that it holds on the device, the weights among them. */
  long peak(Decoder decoder, WeightBytes weights);

  /** Only sizes and scores are looked at, as in discovery and ranking. */
  record Shapes() implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return 0;
    }
  }

  /**
   * Taylor criteria.
   *
   * @param samples whose gradients are taken
   * @param tokens of a sample
   * @param second whether squared gradients of each sample are averaged too
   * @param everything whether the embedding and the head are scored as well as the blocks, as where
   *     channels of the residual stream may go
   * @param activations whether they are kept, where weights are all held
   */
  record Gradients(
      int samples, int tokens, boolean second, boolean everything, Activations activations)
      implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new GradientMemory(decoder, weights, this).peak();
    }
  }

  /**
   * Sums of weights.
   *
   * @param everything as of gradients
   */
  record Magnitudes(boolean everything) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return weights.magnitudes(everything);
    }
  }

  /** Forward passes of one sample each, whose matrices' inputs are added up. */
  record Inputs(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).inputs(this);
    }
  }

  /**
   * Matrices refitted by least squares.
   *
   * @param samples whose residual streams are held
   * @param tokens of a sample
   * @param folds parts whose sums are held apart
   * @param inner whether inner matrices are refitted too
   */
  record Refitting(int samples, int tokens, int folds, boolean inner) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new RefittingMemory(decoder, weights, this).peak();
    }
  }

  /** The same to measure moves with, after each of which the head reads both streams. */
  record Climbing(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new RefittingMemory(decoder, weights, new Refitting(samples, tokens, 1, false))
          .climbing();
    }
  }

  /** A forward pass of all samples at once. */
  record Influence(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).influence(this);
    }
  }

  /** A forward pass of all samples for each unit that is left out. */
  record Ablation(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).ablation(this);
    }
  }

  /** Gradients of the blocks' streams, one sample at a time, and the order of units. */
  record OutputErrors(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new RemovalMemory(decoder, weights, this).peak();
    }
  }

  /** Profiles of structures, one structure at one level at a time. */
  record Profile(int samples, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new RemovalMemory(decoder, weights, new OutputErrors(samples, tokens)).profile();
    }
  }

  /**
   * Perplexity.
   *
   * @param windows the most of a text
   * @param tokens of a window
   */
  record Windows(int windows, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).windows(this);
    }
  }

  /** Passes of all rows through one submodule at a time, a block of which is there twice. */
  record Timing(int rows, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).timing(this);
    }
  }

  /** A forward pass of all rows at once, and their logits. */
  record Rows(int rows, int tokens) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).passes(1, rows, tokens, 0, 0);
    }
  }

  /**
   * Multiple-choice questions.
   *
   * @param batches how many there are
   */
  record Questions(long batches) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).questions(this);
    }
  }

  /**
   * A text that is continued.
   *
   * @param prompt tokens that are there
   * @param more tokens that follow
   */
  record Text(int prompt, int more) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new ForwardMemory(decoder, weights).text(this);
    }
  }

  /**
   * A LoRA adapter on all affine maps of the blocks.
   *
   * @param batch rows of a step
   * @param microBatch rows at once
   * @param cutoff the most tokens of a row
   * @param rank of the adapter
   * @param dropout whether anything is dropped out before it
   * @param checkpointing whether activations are computed again
   * @param precision of the base's weights
   */
  record Adapter(
      int batch,
      int microBatch,
      int cutoff,
      int rank,
      boolean dropout,
      boolean checkpointing,
      Precision precision)
      implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new AdapterMemory(decoder, weights, this).peak();
    }
  }

  /**
   * A whole model from random weights, which are held in float32 however others are.
   *
   * @param batch rows of a step
   * @param microBatch rows at once
   * @param cutoff the most tokens of a row
   * @param checkpointing whether activations are computed again
   * @param validated whether the best weights so far are kept beside them
   */
  record Training(int batch, int microBatch, int cutoff, boolean checkpointing, boolean validated)
      implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return new TrainingMemory(decoder, weights, this).peak();
    }
  }

  /**
   * A pruned model as a checkpoint, in the types that the base is stored in.
   *
   * @param everything whether the embedding and the head are cut as well as the blocks
   * @param merged whether an adapter is folded in
   */
  record Export(boolean everything, boolean merged) implements Work {
    @Override
    public long peak(Decoder decoder, WeightBytes weights) {
      return weights.held() + weights.derived() + weights.written(everything, merged);
    }
  }
}
