package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A key of a configuration, declared where it is read. The reader, the options of the same name and
 * the table in SWEEPS.md are generated from it.
 */
public final class Key<T> {
  private final String name;
  private final Kind<T> kind;
  private final T otherwise; // null where there is no default
  private final boolean listed;
  private final String unit;
  private final String help;
  private final List<String> formerly;

  private Key(
      String name,
      Kind<T> kind,
      T otherwise,
      boolean listed,
      String unit,
      String help,
      List<String> formerly) {
    this.name = name;
    this.kind = kind;
    this.otherwise = otherwise;
    this.listed = listed;
    this.unit = unit;
    this.help = help;
    this.formerly = formerly;
  }

  /** A key without a default. */
  static <T> Key<T> of(String name, Kind<T> kind, String help) {
    return new Key<>(name, kind, null, false, kind.unit(), help, List.of());
  }

  static <T> Key<T> of(String name, Kind<T> kind, T otherwise, String help) {
    return of(name, kind, help).or(otherwise);
  }

  /** Whole numbers, bounds included. */
  public static Key<Integer> whole(String name, int least, int most, String help) {
    return of(name, Kind.whole(least, most), help);
  }

  public static Key<Integer> whole(String name, int least, int most, int otherwise, String help) {
    return whole(name, least, most, help).or(otherwise);
  }

  /** Numbers, bounds included. */
  public static Key<Double> number(
      String name, String least, String most, double otherwise, String help) {
    return of(name, Kind.number(least, most), otherwise, help);
  }

  /** Sizes such as {@code "12 GiB"}, in bytes. */
  public static Key<Long> bytes(String name, String help) {
    return of(name, Kind.bytes(), help);
  }

  /** Times with their unit, such as {@code "90 minutes"}. */
  static Key<Duration> duration(String name, String help) {
    return of(name, Kind.duration(), help);
  }

  static Key<Boolean> flag(String name, String help) {
    return of(name, Kind.flag(), false, help);
  }

  static <E extends Enum<E> & Labelled> Key<E> label(String name, E otherwise, String help) {
    return of(name, Kind.label(otherwise.getDeclaringClass()), otherwise, help);
  }

  static Key<String> text(String name, String help) {
    return of(name, Kind.text(), help);
  }

  /** An object in braces, with keys of its own. */
  static Key<ConfigObject> object(String name, String help) {
    return of(name, Kind.object(), help);
  }

  public String name() {
    return name;
  }

  public Kind<T> kind() {
    return kind;
  }

  /** The default; of a list, its only element. */
  public Optional<T> otherwise() {
    return Optional.ofNullable(otherwise);
  }

  /** Whether it takes a list of such values. */
  public boolean listed() {
    return listed;
  }

  /** What a value is or counts, in one word; {@code --help} uses it as the name of the value. */
  public String unit() {
    return unit;
  }

  /** What it is, in one line; names in backticks. */
  public String help() {
    return help;
  }

  /** Its former name; an error about that name gives the new one. */
  public List<String> formerly() {
    return formerly;
  }

  /** The key of a list. */
  public Key<T> list() {
    return new Key<>(name, kind, otherwise, true, unit, help, formerly);
  }

  public Key<T> unit(String word) {
    return new Key<>(name, kind, otherwise, listed, word, help, formerly);
  }

  public Key<T> formerly(String... names) {
    return new Key<>(name, kind, otherwise, listed, unit, help, List.of(names));
  }

  /** The same under another name, of one value. */
  public Key<T> as(String otherName) {
    return new Key<>(otherName, kind, otherwise, false, unit, help, formerly);
  }

  /** The same with another default. */
  public Key<T> or(T other) {
    return new Key<>(name, kind, other, listed, unit, help, formerly);
  }

  /**
   * @throws InputException that says what is wrong with the value, to stand after the key
   */
  public T of(Object value) {
    Object plain = value instanceof Labelled labelled ? labelled.label() : value;
    return kind.reading().apply(ConfigValueFactory.fromAnyRef(plain));
  }

  /** The default as a configuration writes it; empty where there is none. */
  public String shownDefault() {
    return otherwise().map(Key::shown).map(text -> listed ? "[" + text + "]" : text).orElse("");
  }

  /** The default as JSON has it: a list where the key takes one, labels as text. */
  Optional<Object> writtenDefault() {
    return otherwise().map(value -> listed ? List.of(written(value)) : written(value));
  }

  private static Object written(Object value) {
    boolean plain = value instanceof Number && !value.equals(Integer.MAX_VALUE);
    return plain || value instanceof Boolean ? value : shown(value);
  }

  private static String shown(Object value) {
    if (value instanceof Labelled labelled) {
      return labelled.label();
    } else if (value instanceof Double number) {
      return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
    return value.equals(Integer.MAX_VALUE) ? "all" : value.toString();
  }
}
