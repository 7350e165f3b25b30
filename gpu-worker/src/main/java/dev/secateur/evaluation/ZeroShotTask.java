package dev.secateur.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The seven tasks of the paper, with the prompts of EleutherAI's evaluation harness (0.4). Rows
 * have the field names of the Hugging Face data sets.
 */
public enum ZeroShotTask {
  BOOLQ(false) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      String context = text(row, "passage") + "\nQuestion: " + text(row, "question") + "?\nAnswer:";
      JsonNode label = row.has("label") ? row.get("label") : row.path("answer");
      int answer = label.isBoolean() ? (label.asBoolean() ? 1 : 0) : index(label, 2, "label");
      return ChoiceQuestion.of(context, List.of("no", "yes"), answer);
    }
  },
  PIQA(false) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      return ChoiceQuestion.of(
          "Question: " + text(row, "goal") + "\nAnswer:",
          List.of(text(row, "sol1"), text(row, "sol2")),
          index(row.path("label"), 2, "label"));
    }
  },
  HELLASWAG(true) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      String context = text(row, "ctx_a") + " " + capitalized(text(row, "ctx_b"));
      List<String> endings = texts(row.path("endings"), "endings");
      return ChoiceQuestion.of(
          withoutMarks(text(row, "activity_label") + ": " + context),
          endings.stream().map(ZeroShotTask::withoutMarks).toList(),
          index(row.path("label"), endings.size(), "label"));
    }
  },
  WINOGRANDE(false) {
    /**
     * Partial scoring: each option is put into the context, and the rest of the sentence scored.
     */
    @Override
    ChoiceQuestion question(JsonNode row) {
      String sentence = text(row, "sentence");
      int blank = sentence.indexOf('_');
      if (blank < 0) {
        throw new InputException("'sentence' has no '_'");
      }
      String rest = " " + sentence.substring(blank + 1).strip();
      List<String> contexts = new ArrayList<>();
      for (String option : List.of(text(row, "option1"), text(row, "option2"))) {
        contexts.add(sentence.substring(0, blank) + option);
      }
      return new ChoiceQuestion(
          contexts.stream().map(c -> new ChoiceQuestion.Request(c, rest)).toList(),
          contexts,
          index(row.path("answer"), 3, "answer") - 1);
    }
  },
  ARC_EASY(false) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      return labelled("Question: " + text(row, "question") + "\nAnswer:", row);
    }
  },
  ARC_CHALLENGE(true) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      return ARC_EASY.question(row);
    }
  },
  OPENBOOKQA(true) {
    @Override
    ChoiceQuestion question(JsonNode row) {
      return labelled(text(row, "question_stem"), row);
    }
  };

  private final boolean normalised;

  ZeroShotTask(boolean normalised) {
    this.normalised = normalised;
  }

  /** Whether the paper reports the accuracy of likelihoods divided by the choices' lengths. */
  public boolean isNormalised() {
    return normalised;
  }

  /** Whether normalising by length says anything: not of yes and no, nor of one continuation. */
  public boolean hasNormalised() {
    return this != BOOLQ && this != WINOGRANDE;
  }

  /** The name of its files and results, such as {@code arc_easy}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * A row as a question.
   *
   * @throws InputException when a field is missing or makes no sense
   */
  abstract ChoiceQuestion question(JsonNode row);

  private static ChoiceQuestion labelled(String context, JsonNode row) {
    List<String> labels = texts(row.at("/choices/label"), "choices.label");
    int answer = labels.indexOf(text(row, "answerKey").strip());
    if (answer < 0) {
      throw new InputException("'answerKey' is not one of " + labels);
    }
    return ChoiceQuestion.of(context, texts(row.at("/choices/text"), "choices.text"), answer);
  }

  private static String text(JsonNode row, String field) {
    JsonNode value = row.path(field);
    if (!value.isTextual()) {
      throw new InputException("'" + field + "' is missing, or not a string");
    }
    return value.asText();
  }

  private static List<String> texts(JsonNode values, String field) {
    List<String> texts = new ArrayList<>();
    values.forEach(value -> texts.add(value.asText()));
    if (texts.isEmpty()) {
      throw new InputException("'" + field + "' is missing, or not a list of strings");
    }
    return texts;
  }

  private static int index(JsonNode value, int count, String field) {
    int index = value.asInt(-1);
    if (index < 0 || index >= count) {
      throw new InputException("'" + field + "' is " + value + ", not below " + count);
    }
    return index;
  }

  private static String capitalized(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  /** HellaSwag's texts come with marks of the pages they were taken from. */
  private static String withoutMarks(String text) {
    return text.strip().replace(" [title]", ". ").replaceAll("\\[.*?\\]", "").replace("  ", " ");
  }
}
