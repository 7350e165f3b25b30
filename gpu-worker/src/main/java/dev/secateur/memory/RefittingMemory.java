package dev.secateur.memory;

import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Precision;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The peak of refitting output matrices: both streams of all samples, the results of three passes
 * of one sample through a block, the weights of a block twice, and the sums of one matrix in
 * float64, of each fold and of several of them together, with the factor, the prior and what is
 * solved. Pruned matrices have fewer inputs than it counts.
 */
final class RefittingMemory {
  private final Decoder decoder;
  private final WeightBytes weights;
  private final Work.Refitting work;

  RefittingMemory(Decoder decoder, WeightBytes weights, Work.Refitting work) {
    this.decoder = decoder;
    this.weights = weights;
    this.work = work;
  }

  long peak() {
    Costs costs = Costs.of(decoder, work.tokens());
    List<PassSizes> sizes = costs.passSizes();
    long streams = 2 * 4L * work.samples() * sizes.get(0).output();
    long block = 0;
    for (int section = 1; section <= decoder.layers(); section++) {
      long results = 3 * 4L * sizes.get(section).results();
      block = Math.max(block, 2 * weights.cast(section, Precision.FLOAT32) + results);
    }
    return weights.held() + weights.derived() + streams + block + sums(costs);
  }

  /** Of a refit whose streams' ends go through the head, sample by sample. */
  long climbing() {
    List<PassSizes> sizes = Costs.of(decoder, work.tokens()).passSizes();
    int head = sizes.size() - 1;
    long streams = 2 * 4L * work.samples() * sizes.get(0).output();
    long logits = 4L * RemovalMemory.LOGITS * sizes.get(head).output();
    long section = 2 * weights.cast(head, Precision.FLOAT32);
    return Math.max(peak(), weights.held() + weights.derived() + streams + section + logits);
  }

  /** Of the matrix with the most inputs, of those that write to the stream at most. */
  private long sums(Costs costs) {
    Map<String, ParameterShape> shapes =
        decoder.parameters().stream()
            .collect(Collectors.toMap(ParameterShape::name, Function.identity()));
    long gram = 0;
    long cross = 0;
    for (var layer : costs.linears().values()) {
      boolean ofBlock = layer.name().startsWith(decoder.blockName(0));
      if (ofBlock) {
        List<Long> shape = shapes.get(layer.weight()).shape();
        long inputs = shape.get(layer.in());
        gram = Math.max(gram, 8 * inputs * inputs);
        cross = Math.max(cross, 8 * inputs * shape.get(layer.out()));
      }
    }
    long together = work.folds() > 1 ? 1 : 0;
    return (work.folds() + together + 2) * gram + (work.folds() + together + 5) * cross;
  }
}
