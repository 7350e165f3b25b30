package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The types that a model's parameters are written in: each as its base stores it, or all the same.
 *
 * @param byParameter the types of parameters that differ from the rest
 * @param rest the type of all others
 * @param chosen whether the user chose the type, so that the config must state it
 */
public record WrittenTypes(Map<String, ElementType> byParameter, ElementType rest, boolean chosen) {

  /** What types are taken to be where a checkpoint's are unknown. */
  public static final WrittenTypes ASSUMED = all(ElementType.BF16);

  /** The keys of a config that name a type, the newer first. */
  private static final List<String> KEYS = List.of("dtype", "torch_dtype");

  /** All parameters alike: F32, F16 or BF16. */
  public static WrittenTypes all(ElementType type) {
    return new WrittenTypes(Map.of(), type, true);
  }

  /** Each parameter as the checkpoint stores it. */
  public static WrittenTypes as(Checkpoint base) {
    return new WrittenTypes(base.types(), ElementType.F32, false);
  }

  /**
   * The types of a model whose parameters have other names than those of its base.
   *
   * @param origins of each parameter the name in the base
   */
  public WrittenTypes renamed(Map<String, String> origins) {
    Map<String, ElementType> types = new LinkedHashMap<>();
    origins.forEach((name, origin) -> types.put(name, of(origin)));
    return new WrittenTypes(types, rest, chosen);
  }

  /** The type of a parameter. */
  public ElementType of(String parameter) {
    return byParameter.getOrDefault(parameter, rest);
  }

  /**
   * Says in a config which type other tools compute in: the one that was asked for, else the one
   * that the base's config states, else the one that all parameters have.
   */
  void state(ObjectNode config) {
    String stated = "";
    for (String key : KEYS) {
      JsonNode value = config.remove(key);
      stated = stated.isEmpty() && value != null && value.isTextual() ? value.asText() : stated;
    }
    Set<ElementType> types = new HashSet<>(byParameter.values());
    if (chosen) {
      config.put(KEYS.get(0), torchName(rest));
    } else if (!stated.isEmpty()) {
      config.put(KEYS.get(0), stated);
    } else if (types.size() == 1) {
      config.put(KEYS.get(0), torchName(types.iterator().next()));
    }
  }

  private static String torchName(ElementType type) {
    return switch (type) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }
}
