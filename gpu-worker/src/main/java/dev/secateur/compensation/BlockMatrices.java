package dev.secateur.compensation;

import dev.secateur.model.Decoder;
import dev.secateur.model.Ops;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The affine maps of a block, found by its forward pass, whatever its family.
 *
 * @param outputs those that write to the residual stream, in order of execution
 * @param inner those that read it, in order of execution; routers of experts are none of them
 */
record BlockMatrices(List<OutputMatrix> outputs, List<InnerMatrices> inner) {
  static BlockMatrices of(Decoder decoder, int block) {
    Search search = new Search(decoder.experts().map(counts -> counts.of(block)).orElse(0));
    decoder.block(search, new Value(null, -1), block);
    return new BlockMatrices(List.copyOf(search.found), search.inner());
  }

  List<String> outputNames() {
    return outputs.stream().map(matrix -> matrix.layer().name()).toList();
  }

  /** What a value is; one object to each. */
  private static final class Value {
    /** The matrix that wrote it, where nothing but scales and norms came after, or null. */
    private final OutputMatrix writer;

    /** The last output matrix whose output is in it; -1 where none is. */
    private final int after;

    private Value(OutputMatrix writer, int after) {
      this.writer = writer;
      this.after = after;
    }

    private Optional<OutputMatrix> writer() {
      return Optional.ofNullable(writer);
    }

    /** After a step that keeps it linear in its writer, or only normalises it. */
    private Value then(UnaryOperator<OutputMatrix> step) {
      return new Value(writer().map(step).orElse(null), after);
    }
  }

  /** An affine map that was run, and what it read. */
  private record Run(Linear layer, Value read, Owner owner) {}

  /** The forward pass on what values are. */
  private static final class Search implements Ops<Value> {
    private final List<OutputMatrix> found = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private final Set<String> routers = new HashSet<>();
    private final int experts;
    private Owner owner = new Owner.Block(); // of what runs

    private Search(int experts) {
      this.experts = experts;
    }

    /** Runs in a row that read one value are one group; it belongs to the next output matrix. */
    private List<InnerMatrices> inner() {
      List<String> outputs = found.stream().map(matrix -> matrix.layer().name()).toList();
      List<InnerMatrices> groups = new ArrayList<>();
      List<Run> group = new ArrayList<>();
      for (Run run : runs) {
        int output = outputs.indexOf(run.layer().name());
        if (output >= 0) {
          groups.addAll(groups(group, output));
          group.clear();
        } else if (!routers.contains(run.layer().name())) {
          group.add(run);
        }
      }
      return List.copyOf(groups);
    }

    private static List<InnerMatrices> groups(List<Run> runs, int output) {
      List<InnerMatrices> groups = new ArrayList<>();
      List<Run> rest = new ArrayList<>(runs);
      while (!rest.isEmpty()) {
        Run first = rest.get(0);
        List<Run> same =
            rest.stream()
                .filter(run -> run.read() == first.read())
                .filter(run -> run.layer().bias() == first.layer().bias())
                .toList();
        rest.removeAll(same);
        groups.add(
            new InnerMatrices(
                same.stream().map(Run::layer).toList(), output, first.read().after, first.owner()));
      }
      return groups;
    }

    private Value other(Value... of) {
      int after = -1;
      for (Value value : of) {
        after = Math.max(after, value.after);
      }
      return new Value(null, after);
    }

    @Override
    public Value linear(Value x, Linear layer) {
      runs.add(new Run(layer, x, owner));
      return new Value(new OutputMatrix(layer), x.after);
    }

    @Override
    public Value scale(Value x, double factor) {
      return x.then(output -> output.scaled(factor));
    }

    @Override
    public Value rmsNorm(Value x, String name, double eps, double shift) {
      return x.then(OutputMatrix::afterNorm);
    }

    @Override
    public Value layerNorm(Value x, String name, double eps) {
      return x.then(OutputMatrix::afterNorm);
    }

    @Override
    public Value add(Value a, Value b) {
      if (a.writer != null && b.writer != null) {
        throw new IllegalStateException(
            "'%s' and '%s' are added up before the residual stream"
                .formatted(a.writer.layer().name(), b.writer.layer().name()));
      }
      if (a.writer == null && b.writer == null) {
        return other(a, b);
      }
      found.add(a.writer != null ? a.writer : b.writer);
      return new Value(null, found.size() - 1);
    }

    @Override
    public Value embedding(Value ids, String name) {
      return other(ids);
    }

    @Override
    public Value positions(Value ids, String name, int offset) {
      return other(ids);
    }

    @Override
    public Value heads(Value x, int headWidth) {
      return other(x);
    }

    @Override
    public Value merge(Value x) {
      return other(x);
    }

    @Override
    public List<Value> split(Value x, int... proportions) {
      return Collections.nCopies(proportions.length, other(x));
    }

    @Override
    public Value join(Value a, Value b) {
      return other(a, b);
    }

    @Override
    public Value rope(Value x, Rope rope) {
      return other(x);
    }

    @Override
    public Value attention(Value q, Value k, Value v, Attention attention) {
      return other(q, k, v);
    }

    @Override
    public Value activation(Value x, Activation activation) {
      return other(x);
    }

    @Override
    public Value mul(Value a, Value b) {
      return other(a, b);
    }

    @Override
    public Value softcap(Value x, double cap) {
      return other(x);
    }

    @Override
    public Value clamp(Value x, double low, double high) {
      return other(x);
    }

    @Override
    public List<Value> alternating(Value x) {
      return List.of(other(x), other(x));
    }

    @Override
    public Value mixture(Value x, Value logits, Mixture mixture, Expert<Value> each) {
      routers.add(mixture.router());
      for (int e = 0; e < experts; e++) {
        Owner.Expert expert = new Owner.Expert(e);
        owner = expert;
        each.of(e, other(x)).writer().map(last -> last.of(expert)).ifPresent(found::add);
      }
      owner = new Owner.Block();
      return new Value(null, found.size() - 1);
    }

    @Override
    public Value stacked(Value x, Stacked layer, int number) {
      return other(x);
    }
  }
}
