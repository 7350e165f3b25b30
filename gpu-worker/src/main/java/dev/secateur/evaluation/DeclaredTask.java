package dev.secateur.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.InputException;
import dev.secateur.text.RowFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Multiple-choice tasks declared in a sweep. */
public final class DeclaredTask {
  private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_.]*)\\}");

  private DeclaredTask() {}

  /**
   * The task's questions; choices follow the context after a space.
   *
   * @throws InputException when a row lacks a field or its answer is none of the choices
   */
  public static ZeroShot.Questions questions(ChoiceTask task, Path file) {
    return new ZeroShot.Questions(
        task.name(), true, task.normalised(), RowFile.read(file, row -> question(task, row)));
  }

  private static ChoiceQuestion question(ChoiceTask task, JsonNode row) {
    List<String> choices = choices(task.choices(), row);
    if (choices.size() < 2) {
      throw new InputException("there are " + choices.size() + " choices; at least two are needed");
    }
    return ChoiceQuestion.of(
        filled(task.template(), row), choices, answer(field(task.answer(), row), choices));
  }

  private static List<String> choices(List<String> templates, JsonNode row) {
    Matcher field = FIELD.matcher(templates.get(0));
    if (templates.size() == 1 && field.matches() && field(field.group(1), row).isArray()) {
      List<String> texts = new ArrayList<>();
      field(field.group(1), row).forEach(choice -> texts.add(choice.asText()));
      return texts;
    }
    return templates.stream().map(template -> filled(template, row)).toList();
  }

  private static String filled(String template, JsonNode row) {
    return FIELD
        .matcher(template)
        .replaceAll(
            field -> {
              JsonNode value = field(field.group(1), row);
              if (!value.isValueNode()) {
                throw new InputException("'" + field.group(1) + "' is not a string");
              }
              return Matcher.quoteReplacement(value.asText());
            });
  }

  private static JsonNode field(String name, JsonNode row) {
    JsonNode value = row.at("/" + name.replace('.', '/'));
    if (value.isMissingNode() || value.isNull()) {
      throw new InputException("'" + name + "' is missing");
    }
    return value;
  }

  /** An index from zero, the text of a choice, or a letter. */
  private static int answer(JsonNode value, List<String> choices) {
    String text = value.asText().strip();
    int index = choices.indexOf(value.asText());
    if (index < 0 && text.matches("\\d{1,9}")) {
      index = Integer.parseInt(text);
    } else if (index < 0 && text.matches("[A-Z]")) {
      index = text.charAt(0) - 'A';
    }
    if (index < 0 || index >= choices.size()) {
      throw new InputException(
          "the answer '"
              + text
              + "' is not an index, text or letter of "
              + choices.size()
              + " choices");
    }
    return index;
  }
}
