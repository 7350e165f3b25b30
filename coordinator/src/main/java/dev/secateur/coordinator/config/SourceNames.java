package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import dev.secateur.protocol.TextRef;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads keys that name texts and tasks, and notes those that there are not. */
record SourceNames(Sources sources) {
  /** A text that a key names; the built-in one where it is missing. */
  TextRef text(Section section, Key<String> key) {
    return resolved(section, key, section.find(key).orElse(TextRef.WORDNET), sources::text);
  }

  /** Tasks that a key names, where it does. */
  Optional<TextRef> tasks(Section section, Key<String> key) {
    return section.find(key).map(name -> resolved(section, key, name, sources::tasks));
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

  private static TextRef resolved(
      Section section, Key<String> key, String name, Function<String, TextRef> resolve) {
    try {
      return resolve.apply(name);
    } catch (InputException e) {
      section.problem(key.name(), e.getMessage());
      return new TextRef(name, "");
    }
  }
}
