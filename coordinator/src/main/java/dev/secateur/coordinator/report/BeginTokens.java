package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.PerplexityBegin;
import java.util.Optional;

/**
 * Where the tokenizer's begin token stood in what the models of a trial were evaluated on. It is
 * written beside the other fields of the results.
 */
@JsonPropertyOrder({"perplexity_begin", "begin_token"})
public sealed interface BeginTokens {
  /** Where it stood in the text of the perplexities, if that is known. */
  Optional<PerplexityBegin> perplexityBegin();

  /** How the questions of the tasks started, if any were asked. */
  Optional<BeginToken> beginToken();

  static BeginTokens of(EvaluationSpec asked) {
    return asked.hasTasks()
        ? new OfTextAndTasks(asked.perplexityBegin(), asked.beginToken())
        : new OfText(asked.perplexityBegin());
  }

  /** As it is written. */
  @JsonCreator
  private static BeginTokens read(
      @JsonProperty("perplexity_begin") PerplexityBegin text,
      @JsonProperty("begin_token") BeginToken tasks) {
    if (text == null) {
      return new Unknown();
    }
    return tasks == null ? new OfText(text) : new OfTextAndTasks(text, tasks);
  }

  /** Results of older versions do not say it. */
  record Unknown() implements BeginTokens {
    @Override
    public Optional<PerplexityBegin> perplexityBegin() {
      return Optional.empty();
    }

    @Override
    public Optional<BeginToken> beginToken() {
      return Optional.empty();
    }
  }

  /** No questions were asked. */
  record OfText(@JsonProperty("perplexity_begin") PerplexityBegin text) implements BeginTokens {
    @Override
    public Optional<PerplexityBegin> perplexityBegin() {
      return Optional.of(text);
    }

    @Override
    public Optional<BeginToken> beginToken() {
      return Optional.empty();
    }
  }

  record OfTextAndTasks(
      @JsonProperty("perplexity_begin") PerplexityBegin text,
      @JsonProperty("begin_token") BeginToken tasks)
      implements BeginTokens {
    @Override
    public Optional<PerplexityBegin> perplexityBegin() {
      return Optional.of(text);
    }

    @Override
    public Optional<BeginToken> beginToken() {
      return Optional.of(tasks);
    }
  }
}
