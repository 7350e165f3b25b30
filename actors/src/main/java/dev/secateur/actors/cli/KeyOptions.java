package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.Values;
import dev.secateur.protocol.InputException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** Options generated from keys of configurations, with their names, defaults, bounds and help. */
@Command
class KeyOptions implements Values {
  private final Map<String, Key<?>> keys = new LinkedHashMap<>();
  private final Map<String, OptionSpec> options = new HashMap<>();

  /** An option for each key that a reader asks for. */
  KeyOptions(Consumer<Values> reader) {
    reader.accept(this);
  }

  /** The same but for keys of these names, which keep their defaults. */
  KeyOptions(Consumer<Values> reader, Set<String> without) {
    this(reader);
    keys.keySet().removeAll(without);
  }

  static KeyOptions of(Key<?>... keys) {
    return new KeyOptions(values -> List.of(keys).forEach(values::find));
  }

  @Spec
  void declare(CommandSpec self) {
    for (Key<?> key : keys.values()) {
      options.put(key.name(), option(key));
      self.addOption(options.get(key.name()));
    }
  }

  private static OptionSpec option(Key<?> key) {
    OptionSpec.Builder option =
        OptionSpec.builder("--" + key.name())
            .arity(key.kind().type() == Boolean.class ? "0" : "1")
            .paramLabel(key.unit().toUpperCase(Locale.ROOT))
            .description(description(key));
    return key.listed()
        ? option.type(List.class).auxiliaryTypes(key.kind().type()).splitRegex(",").build()
        : option.type(key.kind().type()).build();
  }

  private Optional<Object> given(Key<?> key) {
    keys.putIfAbsent(key.name(), key);
    return Optional.ofNullable(options.get(key.name())).map(OptionSpec::getValue);
  }

  /** What {@code --help} says of an option. */
  private static String description(Key<?> key) {
    boolean named = key.kind().type().isEnum() && !key.help().contains("`");
    String help = key.help() + (named ? ": " + key.kind().allowed() : "");
    String otherwise = key.kind().type() == Boolean.class ? "" : key.shownDefault();
    String sentence =
        help.startsWith("`")
            ? help
            : help.substring(0, 1).toUpperCase(Locale.ROOT) + help.substring(1);
    return sentence.replace("`", "")
        + (otherwise.isEmpty() ? "." : " (default: " + otherwise + ").");
  }

  @Override
  public <T> Optional<T> find(Key<T> key) {
    return given(key).map(value -> checked(key, value));
  }

  @Override
  public <T> List<T> list(Key<T> key, UnaryOperator<T> check) {
    return given(key)
        .map(elements -> ((List<?>) elements).stream())
        .map(elements -> elements.map(element -> check.apply(checked(key, element))).toList())
        .orElseGet(() -> key.otherwise().stream().toList());
  }

  private static <T> T checked(Key<T> key, Object value) {
    try {
      return key.of(value);
    } catch (InputException e) {
      throw new InputException("--" + key.name() + " " + e.getMessage(), e);
    }
  }

  /** The name that an option of a command has now. */
  static Optional<String> renamed(String option, CommandSpec command) {
    return mixins(command)
        .flatMap(mixin -> mixin.keys.values().stream())
        .filter(key -> key.formerly().stream().anyMatch(name -> option.equals("--" + name)))
        .map(key -> "--" + key.name())
        .findFirst();
  }

  private static Stream<KeyOptions> mixins(CommandSpec command) {
    return command.mixins().values().stream()
        .flatMap(
            mixin ->
                mixin.userObject() instanceof KeyOptions options
                    ? Stream.of(options)
                    : mixins(mixin));
  }
}
