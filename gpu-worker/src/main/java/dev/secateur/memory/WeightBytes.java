package dev.secateur.memory;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.SubmoduleParameters;
import dev.secateur.protocol.Precision;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The device memory that a model's weights take under one way of keeping them. */
public final class WeightBytes {
  private final Map<String, Long> elements = new LinkedHashMap<>();
  private final SubmoduleParameters submodules;
  private final Map<String, ElementType> types;
  private final Residency residency;

  /**
   * @param types what parameters are stored as; BF16 where one is missing
   */
  WeightBytes(Decoder decoder, Map<String, ElementType> types, Residency residency) {
    for (ParameterShape parameter : decoder.parameters()) {
      elements.put(parameter.name(), parameter.elements());
    }
    this.submodules = SubmoduleParameters.of(decoder);
    this.types = types;
    this.residency = residency;
  }

  private ElementType type(String name) {
    return types.getOrDefault(name, ElementType.BF16);
  }

  private long stored(String name) {
    return type(name).bytes() * elements.get(name);
  }

  /** In float32, and as they are stored. */
  Residency.Sizes sizes() {
    return new Residency.Sizes(
        4 * elements.values().stream().mapToLong(Long::longValue).sum(),
        elements.keySet().stream().mapToLong(this::stored).sum());
  }

  boolean isSubmoduleed() {
    return residency != Residency.FLOAT32;
  }

  /** What is on the device from beginning to end. */
  long held() {
    return switch (residency) {
      case FLOAT32 -> sizes().float32();
      case STORED -> sizes().stored();
      case STREAMED -> 0;
    };
  }

  /**
   * What a model that is made of this one takes beside it, at most: a copy where weights are held
   * in float32, else nothing, since its parameters are made when they are used.
   */
  long derived() {
    return residency == Residency.FLOAT32 ? held() : 0;
  }

  /** What casting a submodule to the precision that is computed in takes beside that. */
  long cast(int submodule, Precision precision) {
    return submodules.of(submodule).stream().mapToLong(name -> cast(name, precision)).sum();
  }

  private long cast(String name, Precision precision) {
    ElementType computed = precision == Precision.FLOAT32 ? ElementType.F32 : ElementType.BF16;
    ElementType stored = type(name);
    return switch (residency) {
      case FLOAT32 -> 0;
      case STORED -> stored == computed ? 0 : computed.bytes() * elements.get(name);
      case STREAMED -> computed.bytes() * elements.get(name);
    };
  }

  /**
   * What the copies of one submodule after the other are pinned in, each of which is done before
   * the next one's begin ({@link dev.secateur.model.SubmoduleWeights}). PyTorch rounds each up to a
   * power of two (CachingHostAllocator) and uses it again for the next of that size.
   */
  long pinned() {
    Map<Long, Long> most = new HashMap<>();
    for (int submodule = 0; submodule < submodules.count(); submodule++) {
      submodules.of(submodule).stream()
          .collect(groupingBy(name -> powerOfTwo(stored(name)), counting()))
          .forEach((size, count) -> most.merge(size, count, Math::max));
    }
    return most.entrySet().stream().mapToLong(size -> size.getKey() * size.getValue()).sum();
  }

  private static long powerOfTwo(long bytes) {
    long highest = Long.highestOneBit(bytes);
    return highest == bytes ? bytes : 2 * highest;
  }

  /** A submodule's parameters in float32, as their gradients are. */
  long gradients(int submodule) {
    return 4 * submodules.of(submodule).stream().mapToLong(elements::get).sum();
  }

  /** The largest parameter of some submodules, in elements. */
  long largest(Collection<Integer> among) {
    return elements.keySet().stream()
        .filter(name -> submodules.using(name).stream().anyMatch(among::contains))
        .mapToLong(elements::get)
        .max()
        .orElse(0);
  }

  /**
   * The peak of sums of weights: a submodule, and of one of its parameters the absolute values and
   * the squares.
   *
   * @param everything whether the embedding and the head are scored too
   */
  long magnitudes(boolean everything) {
    int head = submodules.count() - 1;
    List<Integer> scored =
        IntStream.rangeClosed(everything ? 0 : 1, everything ? head : head - 1).boxed().toList();
    long cast = scored.stream().mapToLong(s -> cast(s, Precision.FLOAT32)).max().orElse(0);
    return held() + cast + 2 * 4 * largest(scored);
  }

  /** The parameters that the embedding shares with the head, in elements. */
  long tied() {
    return submodules.of(0).stream()
        .filter(submodules.of(submodules.count() - 1)::contains)
        .mapToLong(elements::get)
        .sum();
  }

  /**
   * The most that writing one parameter takes: what is cut out of it, its float32 copy with an
   * adapter's change, and all of that in the type that is written.
   *
   * @param everything whether the embedding and the head are cut too
   * @param merged whether an adapter changes the blocks
   */
  long written(boolean everything, boolean merged) {
    return elements.keySet().stream()
        .mapToLong(
            name -> {
              boolean isOfBlock = isOfBlock(name);
              boolean changed = merged && isOfBlock;
              boolean isWide = residency == Residency.FLOAT32 || changed;
              boolean isCast = isWide && type(name) != ElementType.F32;
              long kept = residency == Residency.FLOAT32 ? 4 * elements.get(name) : stored(name);
              return (everything || isOfBlock ? kept : 0)
                  + (changed ? 2 * 4 * elements.get(name) : 0)
                  + (isCast ? stored(name) : 0);
            })
        .max()
        .orElse(0);
  }

  private boolean isOfBlock(String name) {
    return submodules.using(name).stream()
        .anyMatch(submodule -> submodule > 0 && submodule < submodules.count() - 1);
  }
}
