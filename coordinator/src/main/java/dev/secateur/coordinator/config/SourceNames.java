package dev.secateur.coordinator.config;

import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Suggestion;
import dev.secateur.protocol.TextRef;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Resolves the names in a configuration: models, criteria, recipes, texts and tasks. */
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

  /**
   * A criterion that there is: built in, of a plug-in, whose version may be left out, or a file's.
   */
  Criterion criterion(Criterion named) {
    named.scoresFile().ifPresent(sources::text);
    if (named.family() != Criterion.Family.PLUG_IN) {
      return named;
    }
    List<Criterion> plugIns = sources.criteria();
    return plugIns.stream()
        .filter(one -> one.equals(named) || one.label().startsWith(named.label() + "@"))
        .findFirst()
        .orElseThrow(
            () ->
                Kind.none(
                    named.label(),
                    Stream.concat(Stream.of(Criterion.values()), plugIns.stream())
                        .map(Criterion::label)
                        .toList()));
  }

  /**
   * A recipe that fits one of the models at least.
   *
   * @throws InputException that says why it does not fit the first
   */
  String recipe(String recipe, List<String> models) {
    Optional<InputException> why = Optional.empty();
    for (ModelRef model : models.stream().flatMap(name -> found(name).stream()).toList()) {
      try {
        sources.recipe(recipe, model);
        return recipe;
      } catch (InputException e) {
        why = why.or(() -> Optional.of(e));
      }
    }
    why.ifPresent(
        e -> {
          throw e;
        });
    return recipe; // no model can be read, which is told
  }

  /**
   * A model that can be read.
   *
   * @throws InputException that says why it can not
   */
  String model(String model) {
    sources.model(model);
    return model;
  }

  /** A model, unless it can't be read, which is reported when the list of models is read. */
  Optional<ModelRef> found(String name) {
    try {
      return Optional.of(sources.model(name));
    } catch (InputException e) {
      return Optional.empty();
    }
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
