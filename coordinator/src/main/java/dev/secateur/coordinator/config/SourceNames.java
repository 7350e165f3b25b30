package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import dev.secateur.protocol.TextRef;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads keys that name texts and tasks, and notes those that there are not. */
record SourceNames(Sources sources) {
  /** A text's name; the built-in one where the key is missing. */
  String text(Section section, String key) {
    return checked(section, key, section.text(key, TextRef.WORDNET), sources::text);
  }

  /** A name of tasks, where there is one. */
  Optional<String> tasks(Section section, String key) {
    String name = section.text(key, "");
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(checked(section, key, name, sources::tasks));
  }

  /**
   * Checks that a name is that of a layer of every model.
   *
   * @throws InputException that says what there is
   */
  String projection(String name, List<String> models) {
    for (String model : models) {
      List<String> known = projections(model);
      if (!known.isEmpty() && !known.contains(name)) {
        throw new InputException(
            "is '"
                + name
                + "', which no layer of model '"
                + model
                + "' is named; allowed are "
                + String.join(", ", known)
                + Suggestion.of(name, known));
      }
    }
    return name;
  }

  private List<String> projections(String model) {
    try {
      return sources.projections(model);
    } catch (InputException e) {
      return List.of(); // told where the list of models is read
    }
  }

  private static String checked(
      Section section, String key, String name, Function<String, TextRef> check) {
    try {
      check.apply(name);
    } catch (InputException e) {
      section.problem(key, e.getMessage());
    }
    return name;
  }
}
