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
 * @param readyTasks a folder of tasks, or the built-in one
 * @param choiceTasks tasks that the sweep declares
 * @param questions the most of a task
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
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static ReadyTasks read(TextRef source) {
      return new NamedTasks(source);
    }
  }

  /**
   * @param source a folder of tasks, or the built-in one
   */
  public record NamedTasks(@JsonValue TextRef source) implements ReadyTasks {}

  /** How speed is measured; written as null where it is not. */
  public sealed interface Speed permits LatencyProtocol, Unasked {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Speed read(LatencyProtocol protocol) {
      return protocol;
    }
  }

  /** The texts that the model generates; written as null where it generates none. */
  public sealed interface Texts permits Generation, Unasked {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Texts read(Generation generation) {
      return generation;
    }
  }

  /** What an evaluation leaves out: ready tasks, speed or texts. */
  public record Unasked() implements ReadyTasks, Speed, Texts {
    @JsonValue
    Object written() {
      return null;
    }
  }

  /** The source of tasks that exist before the sweep, where they are asked. */
  public Optional<TextRef> tasks() {
    return readyTasks instanceof NamedTasks named ? Optional.of(named.source()) : Optional.empty();
  }

  /** How speed is measured, where it is. */
  public Optional<LatencyProtocol> latency() {
    return speed instanceof LatencyProtocol protocol ? Optional.of(protocol) : Optional.empty();
  }

  /** What is generated, where anything is. */
  public Optional<Generation> generation() {
    return texts instanceof Generation generation ? Optional.of(generation) : Optional.empty();
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
    return readyTasks instanceof NamedTasks || !choiceTasks.isEmpty();
  }
}
