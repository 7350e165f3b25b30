package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One point of the grid, with the stages that compute its results.
 *
 * @param index its place in the grid, from zero
 * @param before evaluation of the base
 * @param pruning the recipe, which removes nothing if the ratio is 0
 * @param after evaluation of the pruned model
 * @param extras the stages that not every trial has; each is written under its name
 * @param stages all that it needs
 * @param further evaluations of its models; none in trials planned before these existed
 */
public record Trial(
    int index,
    ModelRef model,
    Point point,
    StageKey before,
    StageKey pruning,
    StageKey after,
    @JsonIgnore Map<Extra, StageKey> extras,
    List<StageKey> stages,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Further> further) {
  public Trial {
    Map<Extra, StageKey> inOrder = new EnumMap<>(Extra.class);
    inOrder.putAll(extras);
    extras = Collections.unmodifiableMap(inOrder);
    further = further == null ? List.of() : List.copyOf(further);
  }

  /** As it is written, in this order; null stands for a stage that the trial does not have. */
  @JsonCreator
  private static Trial read(
      @JsonProperty("index") int index,
      @JsonProperty("model") ModelRef model,
      @JsonProperty("point") Point point,
      @JsonProperty("before") StageKey before,
      @JsonProperty("pruning") StageKey pruning,
      @JsonProperty("after") StageKey after,
      @JsonProperty("recovery") StageKey recovery,
      @JsonProperty("recovered") StageKey recovered,
      @JsonProperty("training") StageKey training,
      @JsonProperty("trained") StageKey trained,
      @JsonProperty("export") StageKey export,
      @JsonProperty("stages") List<StageKey> stages,
      @JsonProperty("further") List<Further> further,
      @JsonProperty("compensation") StageKey compensation) {
    Map<Extra, StageKey> extras = new EnumMap<>(Extra.class);
    extras.put(Extra.RECOVERY, recovery);
    extras.put(Extra.RECOVERED, recovered);
    extras.put(Extra.TRAINING, training);
    extras.put(Extra.TRAINED, trained);
    extras.put(Extra.EXPORT, export);
    extras.put(Extra.COMPENSATION, compensation);
    extras.values().removeIf(Objects::isNull);
    return new Trial(index, model, point, before, pruning, after, extras, stages, further);
  }

  /** The stages that a trial has only if its sweep asks for them. */
  public enum Extra {
    RECOVERY,
    RECOVERED,
    TRAINING,
    TRAINED,
    EXPORT,
    COMPENSATION
  }

  /** The adapter, if the trial is recovered. */
  @JsonProperty
  public Optional<StageKey> recovery() {
    return extra(Extra.RECOVERY);
  }

  /** The evaluation of the recovered model. */
  @JsonProperty
  public Optional<StageKey> recovered() {
    return extra(Extra.RECOVERED);
  }

  /** The model of the pruned shape from random weights, if the sweep requests it. */
  @JsonProperty
  public Optional<StageKey> training() {
    return extra(Extra.TRAINING);
  }

  /** The evaluation of the model from random weights. */
  @JsonProperty
  public Optional<StageKey> trained() {
    return extra(Extra.TRAINED);
  }

  /** The written checkpoint, if the sweep requests it. */
  @JsonProperty
  public Optional<StageKey> export() {
    return extra(Extra.EXPORT);
  }

  /** The recipe with refitted matrices, if the trial has them. */
  @JsonProperty
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public Optional<StageKey> compensation() {
    return extra(Extra.COMPENSATION);
  }

  private Optional<StageKey> extra(Extra which) {
    return Optional.ofNullable(extras.get(which));
  }

  /** Models of a trial that are evaluated. */
  public enum Role implements Labelled {
    BEFORE,
    PRUNED,
    RECOVERED,
    SCRATCH
  }

  /** A further evaluation of one of the trial's models. */
  @JsonPropertyOrder({"role", "text", "step", "key"})
  public sealed interface Further {
    Role role();

    StageKey key();

    Further under(UnaryOperator<StageKey> keys);

    /** What one of the functions makes of it, by its case. */
    <R> R as(Function<OnText, R> onText, Function<OnTheWay, R> onTheWay);

    @JsonCreator
    private static Further read(
        @JsonProperty("role") Role role,
        @JsonProperty("text") String text,
        @JsonProperty("step") Optional<Integer> step,
        @JsonProperty("key") StageKey key) {
      return step.isPresent() ? new OnTheWay(step.get(), key) : new OnText(role, text, key);
    }

    /** Whether it is of no use where the trial is not recovered. */
    default boolean ofRecovery() {
      return role() == Role.RECOVERED || role() == Role.SCRATCH;
    }

    /**
     * An evaluation on another text.
     *
     * @param text what the sweep calls it
     */
    record OnText(Role role, String text, StageKey key) implements Further {
      @Override
      public <R> R as(Function<OnText, R> onText, Function<OnTheWay, R> onTheWay) {
        return onText.apply(this);
      }

      @Override
      public OnText under(UnaryOperator<StageKey> keys) {
        return new OnText(role, text, keys.apply(key));
      }

      @JsonProperty
      Integer step() {
        return null; // as it is written
      }
    }

    /**
     * An evaluation of the adapter on its way; it measures what all evaluations do.
     *
     * @param step of the recovery after which the adapter is evaluated
     */
    record OnTheWay(int step, StageKey key) implements Further {
      @Override
      @JsonProperty
      public Role role() {
        return Role.RECOVERED;
      }

      @Override
      public <R> R as(Function<OnText, R> onText, Function<OnTheWay, R> onTheWay) {
        return onTheWay.apply(this);
      }

      @Override
      public OnTheWay under(UnaryOperator<StageKey> keys) {
        return new OnTheWay(step, keys.apply(key));
      }

      @JsonProperty
      String text() {
        return ""; // as it is written
      }
    }
  }

  /** The same with its stages under other keys. */
  public Trial under(UnaryOperator<StageKey> keys) {
    return new Trial(
        index,
        model,
        point,
        keys.apply(before),
        keys.apply(pruning),
        keys.apply(after),
        extras.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, one -> keys.apply(one.getValue()))),
        stages.stream().map(keys).distinct().toList(),
        further.stream().map(one -> one.under(keys)).toList());
  }

  /** Whether anything is trained. */
  public boolean hasTraining() {
    return recovery().isPresent() || training().isPresent();
  }

  /** The stages that are of no use where the trial is not recovered. */
  public List<StageKey> ofRecovery() {
    if (!hasTraining()) {
      return List.of();
    }
    return Stream.concat(
            Stream.of(recovery(), recovered(), training(), trained(), export())
                .flatMap(Optional::stream),
            further.stream().filter(Further::ofRecovery).map(Further::key))
        .toList();
  }
}
