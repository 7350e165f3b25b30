package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Perplexity, accuracy on multiple-choice tasks, speed and texts of a model.
 *
 * @param readyTasks tasks that exist before the sweep, if any are asked
 * @param choiceTasks tasks that the sweep declares
 * @param questions the most of a task
 * @param speed how speed is measured, if it is
 * @param texts what is generated, if anything
 * @param beginToken of the tasks' questions; absent in stages planned before there was a choice;
 *     they had none
 * @param perplexityBegin of the text; absent in stages planned before there was a choice; they had
 *     it at the start
 * @param precision of the computation; part of the key unless it is float32
 */
public record EvaluationSpec(
    ModelRef model,
    Subject subject,
    TextRef text,
    int window,
    int windows,
    @JsonProperty("tasks") ReadyTasks readyTasks,
    List<ChoiceTask> choiceTasks,
    int questions,
    @JsonProperty("latency") Speed speed,
    @JsonProperty("generation") Texts texts,
    BeginToken beginToken,
    PerplexityBegin perplexityBegin,
    @UnlessFloat32 Precision precision)
    implements StageSpec {
  public EvaluationSpec {
    readyTasks = readyTasks == null ? new Unasked() : readyTasks;
    speed = speed == null ? new Unasked() : speed;
    texts = texts == null ? new Unasked() : texts;
    beginToken = beginToken == null ? BeginToken.NEVER : beginToken;
    perplexityBegin = perplexityBegin == null ? PerplexityBegin.START : perplexityBegin;
    precision = precision == null ? Precision.FLOAT32 : precision;
  }

  /** Tasks that exist before the sweep; written as their source, and as null if none are asked. */
  public sealed interface ReadyTasks {
    /** Where the tasks are: a folder of them, or the built-in one. */
    Optional<TextRef> source();

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static ReadyTasks read(TextRef source) {
      return new NamedTasks(source);
    }
  }

  /**
   * @param named their source
   */
  public record NamedTasks(@JsonValue TextRef named) implements ReadyTasks {
    @Override
    public Optional<TextRef> source() {
      return Optional.of(named);
    }
  }

  /** How speed is measured; written as null where it is not. */
  public sealed interface Speed permits LatencyProtocol, Unasked {
    /** How it is measured, where it is. */
    Optional<LatencyProtocol> protocol();

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Speed read(LatencyProtocol protocol) {
      return protocol;
    }
  }

  /** The texts that the model generates; written as null where it generates none. */
  public sealed interface Texts permits Generation, Unasked {
    /** What is generated, where anything is. */
    Optional<Generation> generation();

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Texts read(Generation generation) {
      return generation;
    }
  }

  /** What an evaluation leaves out: ready tasks, speed or texts. */
  public record Unasked() implements ReadyTasks, Speed, Texts {
    @Override
    public Optional<TextRef> source() {
      return Optional.empty();
    }

    @Override
    public Optional<LatencyProtocol> protocol() {
      return Optional.empty();
    }

    @Override
    public Optional<Generation> generation() {
      return Optional.empty();
    }

    @JsonValue
    Object written() {
      return null;
    }
  }

  @Override
  public StageKind kind() {
    return StageKind.EVALUATION;
  }

  @Override
  public EvaluationSpec under(UnaryOperator<StageKey> keys) {
    return of(model, subject.under(keys));
  }

  /** The same of another model. */
  public EvaluationSpec of(ModelRef otherModel, Subject otherSubject) {
    return new EvaluationSpec(
        otherModel,
        otherSubject,
        text,
        window,
        windows,
        readyTasks,
        choiceTasks,
        questions,
        speed,
        texts,
        beginToken,
        perplexityBegin,
        precision);
  }

  /** The same without what only the last of a row of models is asked: speed and texts. */
  public EvaluationSpec onTheWay() {
    return new EvaluationSpec(
        model,
        subject,
        text,
        window,
        windows,
        readyTasks,
        choiceTasks,
        questions,
        new Unasked(),
        new Unasked(),
        beginToken,
        perplexityBegin,
        precision);
  }

  /** Only the perplexity of another text. */
  public EvaluationSpec ofText(TextRef otherText, int otherWindow, int otherWindows) {
    return new EvaluationSpec(
        model,
        subject,
        otherText,
        otherWindow,
        otherWindows,
        new Unasked(),
        List.of(),
        Integer.MAX_VALUE,
        new Unasked(),
        new Unasked(),
        BeginToken.NEVER,
        perplexityBegin,
        precision);
  }

  /** Whether there are tasks. */
  public boolean hasTasks() {
    return readyTasks.source().isPresent() || !choiceTasks.isEmpty();
  }
}
