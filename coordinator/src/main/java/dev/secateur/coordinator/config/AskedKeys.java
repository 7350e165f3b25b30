package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The keys of a configuration that were read, by their paths, with their values. */
final class AskedKeys {
  private final Map<String, Key<?>> keys = new LinkedHashMap<>();
  private final Map<String, Object> settings = new LinkedHashMap<>();

  /**
   * Notes a key and its value, or its default; objects stand there by their own keys.
   *
   * @param path of the section that has the key
   * @param written what settings say of keys of which the section has one value of several
   */
  void note(String path, Key<?> key, Optional<ConfigValue> value, Map<String, Object> written) {
    keys.put(path.replaceAll("\\[\\d+]", "") + key.name(), key);
    boolean object = value.filter(ConfigObject.class::isInstance).isPresent();
    if (key.kind().type() != ConfigObject.class && !object) {
      value
          .<Object>map(ConfigValue::unwrapped)
          .or(key::writtenDefault)
          .map(one -> written.getOrDefault(key.name(), one))
          .ifPresent(one -> set(path + key.name(), one));
    }
  }

  /** Notes what stands at a path. */
  void set(String path, Object value) {
    settings.put(path, value);
  }

  Map<String, Key<?>> keys() {
    return Collections.unmodifiableMap(keys);
  }

  Map<String, Object> settings() {
    return Collections.unmodifiableMap(settings);
  }
}
