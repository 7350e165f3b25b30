package dev.secateur.compensation;

import dev.secateur.model.Decoder;
import dev.secateur.model.Ops;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An affine map whose output is added to the residual stream: the last one of attention, of the MLP
 * or of an expert.
 *
 * @param scale what its output is multiplied with before
 * @param normed whether it is normalised before, so that the stream is not linear in the matrix
 * @param expert the expert that it is of, in whose mixture others are weighed with it; none of a
 *     matrix of all tokens
 */
record OutputMatrix(Linear layer, double scale, boolean normed, OptionalInt expert) {
  /**
   * How much of the target is the residual stream: nothing where the stream is no sum of the
   * matrix' outputs.
   */
  double stream(Refit refit) {
    return normed || expert.isPresent() ? 0 : refit.stream();
  }

  /** Those of a block, in order of execution; found by its forward pass, whatever its family. */
  static List<OutputMatrix> of(Decoder decoder, int block) {
    Search search = new Search(decoder.experts().map(counts -> counts.of(block)).orElse(0));
    decoder.block(search, Search.OTHER, block);
    return List.copyOf(search.found);
  }

  private OutputMatrix scaled(double factor) {
    return new OutputMatrix(layer, scale * factor, normed, expert);
  }

  private OutputMatrix afterNorm() {
    return new OutputMatrix(layer, scale, true, expert);
  }

  /** The forward pass on what a value is: what a matrix wrote, or something else. */
  private static final class Search implements Ops<Optional<OutputMatrix>> {
    private static final Optional<OutputMatrix> OTHER = Optional.empty();

    private final List<OutputMatrix> found = new ArrayList<>();
    private final int experts;

    private Search(int experts) {
      this.experts = experts;
    }

    @Override
    public Optional<OutputMatrix> linear(Optional<OutputMatrix> x, Linear layer) {
      return Optional.of(new OutputMatrix(layer, 1, false, OptionalInt.empty()));
    }

    @Override
    public Optional<OutputMatrix> scale(Optional<OutputMatrix> x, double factor) {
      return x.map(output -> output.scaled(factor));
    }

    @Override
    public Optional<OutputMatrix> rmsNorm(
        Optional<OutputMatrix> x, String name, double eps, double shift) {
      return x.map(OutputMatrix::afterNorm);
    }

    @Override
    public Optional<OutputMatrix> layerNorm(Optional<OutputMatrix> x, String name, double eps) {
      return x.map(OutputMatrix::afterNorm);
    }

    @Override
    public Optional<OutputMatrix> add(Optional<OutputMatrix> a, Optional<OutputMatrix> b) {
      if (a.isPresent() && b.isPresent()) {
        throw new IllegalStateException(
            "'%s' and '%s' are added up before the residual stream"
                .formatted(a.get().layer().name(), b.get().layer().name()));
      }
      a.ifPresent(found::add);
      b.ifPresent(found::add);
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> embedding(Optional<OutputMatrix> ids, String name) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> positions(Optional<OutputMatrix> ids, String name, int offset) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> heads(Optional<OutputMatrix> x, int headWidth) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> merge(Optional<OutputMatrix> x) {
      return OTHER;
    }

    @Override
    public List<Optional<OutputMatrix>> split(Optional<OutputMatrix> x, int... proportions) {
      return Collections.nCopies(proportions.length, OTHER);
    }

    @Override
    public Optional<OutputMatrix> join(Optional<OutputMatrix> a, Optional<OutputMatrix> b) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> rope(Optional<OutputMatrix> x, Rope rope) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> attention(
        Optional<OutputMatrix> q,
        Optional<OutputMatrix> k,
        Optional<OutputMatrix> v,
        Attention attention) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> activation(Optional<OutputMatrix> x, Activation activation) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> mul(Optional<OutputMatrix> a, Optional<OutputMatrix> b) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> softcap(Optional<OutputMatrix> x, double cap) {
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> clamp(Optional<OutputMatrix> x, double low, double high) {
      return OTHER;
    }

    @Override
    public List<Optional<OutputMatrix>> alternating(Optional<OutputMatrix> x) {
      return List.of(OTHER, OTHER);
    }

    @Override
    public Optional<OutputMatrix> mixture(
        Optional<OutputMatrix> x,
        Optional<OutputMatrix> logits,
        Mixture mixture,
        Expert<Optional<OutputMatrix>> expert) {
      for (int e = 0; e < experts; e++) {
        OptionalInt number = OptionalInt.of(e);
        expert
            .of(e, OTHER)
            .map(last -> new OutputMatrix(last.layer(), 1, false, number))
            .ifPresent(found::add);
      }
      return OTHER;
    }

    @Override
    public Optional<OutputMatrix> stacked(Optional<OutputMatrix> x, Stacked layer, int expert) {
      return OTHER;
    }
  }
}
