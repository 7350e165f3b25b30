package dev.secateur.discovery;

import dev.secateur.model.Ops;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The paper's dependency rules, neuron by neuron (arXiv 2305.11627, Eq. 1 and 2), as a slow oracle
 * for the axes. Running a forward pass builds a graph whose nodes are neurons; removing a neuron
 * removes one whose every input is gone (Eq. 1, which has it for a single input) and one whose
 * every output is gone (Eq. 2, for a single output). A product is gone with any of its factors. The
 * neurons that an addition brings together are one neuron: none can be narrowed alone.
 */
final class NeuronOps implements Ops<NeuronOps.Value> {
  /** Neurons, row by row where there are heads. */
  record Value(int[] neurons, int heads) {}

  /** An entry of a parameter's dimension. */
  record Entry(String parameter, int dimension, int index) {}

  private final Map<String, List<Long>> shapes = new HashMap<>();
  private final Map<Entry, Integer> owners = new HashMap<>();
  private final List<Integer> merged = new ArrayList<>();
  private final List<int[]> sums = new ArrayList<>();
  private final List<int[]> products = new ArrayList<>();
  private final Set<Integer> kept = new HashSet<>();
  private Value routed;

  NeuronOps(List<ParameterShape> parameters) {
    parameters.forEach(p -> shapes.put(p.name(), p.shape()));
  }

  /** Which entries of which parameters go when the entries given go. */
  Set<Entry> closure(Set<Entry> trigger) {
    Set<Integer> gone = new HashSet<>();
    trigger.forEach(entry -> gone.add(find(owners.get(entry))));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int[] sum : sums) {
        changed |= goneWithAllInputs(sum, gone);
      }
      for (int[] product : products) {
        changed |= goneWithAnyInput(product, gone);
      }
      changed |= goneWithAllOutputs(gone);
    }
    Set<Entry> entries = new HashSet<>();
    owners.forEach(
        (entry, neuron) -> {
          if (gone.contains(find(neuron))) {
            entries.add(entry);
          }
        });
    return entries;
  }

  private boolean goneWithAllInputs(int[] sum, Set<Integer> gone) {
    for (int i = 1; i < sum.length; i++) {
      if (!gone.contains(find(sum[i]))) {
        return false;
      }
    }
    return gone.add(find(sum[0]));
  }

  private boolean goneWithAnyInput(int[] product, Set<Integer> gone) {
    for (int i = 1; i < product.length; i++) {
      if (gone.contains(find(product[i]))) {
        return gone.add(find(product[0]));
      }
    }
    return false;
  }

  private boolean goneWithAllOutputs(Set<Integer> gone) {
    Map<Integer, Boolean> alive = new HashMap<>();
    for (List<int[]> edges : List.of(sums, products)) {
      for (int[] edge : edges) {
        for (int i = 1; i < edge.length; i++) {
          alive.merge(find(edge[i]), !gone.contains(find(edge[0])), Boolean::logicalOr);
        }
      }
    }
    boolean changed = false;
    for (Map.Entry<Integer, Boolean> neuron : alive.entrySet()) {
      if (!neuron.getValue() && !kept.contains(neuron.getKey())) {
        changed |= gone.add(neuron.getKey());
      }
    }
    return changed;
  }

  private int fresh() {
    merged.add(merged.size());
    return merged.size() - 1;
  }

  private int find(int neuron) {
    while (merged.get(neuron) != neuron) {
      neuron = merged.get(neuron);
    }
    return neuron;
  }

  private Value fresh(int count, int heads) {
    int[] neurons = new int[count];
    for (int i = 0; i < count; i++) {
      neurons[i] = fresh();
    }
    return new Value(neurons, heads);
  }

  /**
   * A tied parameter's entry belongs to every neuron that it is used for, which are thereby one.
   */
  private void own(String parameter, int dimension, int index, int neuron) {
    Integer before = owners.putIfAbsent(new Entry(parameter, dimension, index), neuron);
    if (before != null) {
      merged.set(find(neuron), find(before));
    }
  }

  @Override
  public Value embedding(Value ids, String name) {
    Value out = fresh(shapes.get(name + ".weight").get(1).intValue(), 0);
    for (int i = 0; i < out.neurons.length; i++) {
      own(name + ".weight", 1, i, out.neurons[i]);
    }
    return out;
  }

  @Override
  public Value positions(Value ids, String name, int offset) {
    return embedding(ids, name);
  }

  @Override
  public Value linear(Value x, Linear layer) {
    Value out = fresh(shapes.get(layer.weight()).get(layer.out()).intValue(), 0);
    for (int i = 0; i < x.neurons.length; i++) {
      own(layer.weight(), layer.in(), i, x.neurons[i]);
    }
    for (int o = 0; o < out.neurons.length; o++) {
      own(layer.weight(), layer.out(), o, out.neurons[o]);
      if (layer.bias()) {
        own(layer.biasName(), 0, o, out.neurons[o]);
      }
      sums.add(edge(out.neurons[o], x.neurons));
    }
    return out;
  }

  @Override
  public Value rmsNorm(Value x, String name, double eps, double shift) {
    return x.heads == 0 ? norm(x, List.of(name + ".weight")) : x; // within a head all stay
  }

  @Override
  public Value layerNorm(Value x, String name, double eps) {
    return norm(x, List.of(name + ".weight", name + ".bias"));
  }

  private Value norm(Value x, List<String> parameters) {
    Value out = fresh(x.neurons.length, 0);
    for (int i = 0; i < x.neurons.length; i++) {
      for (String parameter : parameters) {
        own(parameter, 0, i, out.neurons[i]);
      }
      sums.add(edge(out.neurons[i], x.neurons[i]));
    }
    return out;
  }

  @Override
  public Value heads(Value x, int headWidth) {
    return new Value(x.neurons, x.neurons.length / headWidth);
  }

  @Override
  public Value merge(Value x) {
    return new Value(x.neurons, 0);
  }

  @Override
  public List<Value> split(Value x, int... proportions) {
    int rows = Math.max(1, x.heads);
    int width = x.neurons.length / rows;
    int total = java.util.Arrays.stream(proportions).sum();
    List<Value> parts = new ArrayList<>();
    int start = 0;
    for (int proportion : proportions) {
      int length = width / total * proportion;
      int[] neurons = new int[rows * length];
      for (int row = 0; row < rows; row++) {
        System.arraycopy(x.neurons, row * width + start, neurons, row * length, length);
      }
      parts.add(new Value(neurons, x.heads));
      start += length;
    }
    return parts;
  }

  @Override
  public Value join(Value a, Value b) {
    int rows = Math.max(1, a.heads);
    int left = a.neurons.length / rows;
    int right = b.neurons.length / rows;
    int[] neurons = new int[rows * (left + right)];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(a.neurons, row * left, neurons, row * (left + right), left);
      System.arraycopy(b.neurons, row * right, neurons, row * (left + right) + left, right);
    }
    return new Value(neurons, a.heads);
  }

  @Override
  public Value rope(Value x, Rope rope) {
    Value out = fresh(x.neurons.length, x.heads);
    int width = x.neurons.length / x.heads;
    int half = rope.width() / 2;
    for (int i = 0; i < x.neurons.length; i++) {
      int place = i % width;
      int partner = place >= rope.width() ? i : place < half ? i + half : i - half;
      sums.add(edge(out.neurons[i], x.neurons[i], x.neurons[partner]));
    }
    return out;
  }

  @Override
  public Value attention(Value q, Value k, Value v, Attention attention) {
    int width = q.neurons.length / q.heads;
    int valueWidth = v.neurons.length / v.heads;
    Value out = fresh(q.heads * valueWidth, q.heads);
    for (int head = 0; head < q.heads; head++) {
      int keyHead = head / (q.heads / k.heads);
      int[] terms = new int[width];
      for (int i = 0; i < width; i++) {
        terms[i] = fresh();
        products.add(edge(terms[i], q.neurons[head * width + i], k.neurons[keyHead * width + i]));
      }
      int score = fresh();
      if (!attention.sinks().isEmpty()) {
        own(attention.sinks(), 0, head, score);
      }
      sums.add(edge(score, terms));
      for (int i = 0; i < valueWidth; i++) {
        products.add(
            edge(out.neurons[head * valueWidth + i], score, v.neurons[keyHead * valueWidth + i]));
      }
    }
    return out;
  }

  @Override
  public Value activation(Value x, Activation activation) {
    return x;
  }

  @Override
  public Value scale(Value x, double factor) {
    return x;
  }

  @Override
  public Value softcap(Value x, double cap) {
    return x;
  }

  @Override
  public Value clamp(Value x, double low, double high) {
    return x;
  }

  @Override
  public List<Value> alternating(Value x) {
    int[][] parts = new int[2][x.neurons.length / 2];
    for (int i = 0; i < x.neurons.length; i++) {
      parts[i % 2][i / 2] = x.neurons[i];
    }
    return List.of(new Value(parts[0], 0), new Value(parts[1], 0));
  }

  /** Each expert's output is a product with its logit; what they write together is their sum. */
  @Override
  public Value mixture(Value x, Value logits, Mixture mixture, Expert<Value> expert) {
    routed = logits;
    List<int[]> terms = new ArrayList<>();
    for (int e = 0; e < logits.neurons.length; e++) {
      int[] written = expert.of(e, x).neurons;
      int[] weighted = fresh(written.length, 0).neurons;
      for (int i = 0; i < written.length; i++) {
        products.add(edge(weighted[i], logits.neurons[e], written[i]));
      }
      terms.add(weighted);
    }
    Value out = fresh(terms.get(0).length, 0);
    for (int i = 0; i < out.neurons.length; i++) {
      int place = i;
      sums.add(edge(out.neurons[i], terms.stream().mapToInt(term -> term[place]).toArray()));
    }
    return out;
  }

  @Override
  public Value stacked(Value x, Stacked layer, int expert) {
    Value out = fresh(shapes.get(layer.name()).get(2).intValue(), 0);
    own(layer.name(), 0, expert, routed.neurons[expert]);
    own(layer.biasName(), 0, expert, routed.neurons[expert]);
    for (int i = 0; i < x.neurons.length; i++) {
      own(layer.name(), 1, i, x.neurons[i]);
    }
    for (int o = 0; o < out.neurons.length; o++) {
      own(layer.name(), 2, o, out.neurons[o]);
      own(layer.biasName(), 1, o, out.neurons[o]);
      sums.add(edge(out.neurons[o], x.neurons));
    }
    return out;
  }

  @Override
  public Value add(Value a, Value b) {
    for (int i = 0; i < a.neurons.length; i++) {
      merged.set(find(b.neurons[i]), find(a.neurons[i]));
    }
    return a;
  }

  @Override
  public Value mul(Value a, Value b) {
    Value out = fresh(a.neurons.length, a.heads);
    for (int i = 0; i < a.neurons.length; i++) {
      products.add(edge(out.neurons[i], a.neurons[i], b.neurons[i]));
    }
    return out;
  }

  /** The model's outputs are wanted by the world: they have no output of their own to lose. */
  void keep(Value logits) {
    for (int neuron : logits.neurons) {
      kept.add(find(neuron));
    }
  }

  private static int[] edge(int output, int... inputs) {
    int[] edge = new int[inputs.length + 1];
    edge[0] = output;
    System.arraycopy(inputs, 0, edge, 1, inputs.length);
    return edge;
  }
}
