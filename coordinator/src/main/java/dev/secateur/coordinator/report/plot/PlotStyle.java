package dev.secateur.coordinator.report.plot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one style sheet of plots, {@code plot.css}. Its colours are those of Okabe and Ito ("Color
 * Universal Design", 2008), darker on white and lighter on black, so that each has a contrast of 3
 * to its background.
 */
public final class PlotStyle {
  /** The sheet, for pages and for pictures as SVG. */
  public static final String SHEET = sheet();

  private static final Map<String, Integer> LIGHT = light();

  private PlotStyle() {}

  /**
   * A colour on white as red, green and blue, by its name in the sheet.
   *
   * @throws IllegalArgumentException where the sheet has none of this name
   */
  static int colour(String name) {
    Integer colour = LIGHT.get(name);
    if (colour == null) {
      throw new IllegalArgumentException("plot.css has no colour --" + name);
    }
    return colour;
  }

  private static Map<String, Integer> light() {
    Map<String, Integer> colours = new HashMap<>();
    Matcher named = Pattern.compile("--(\\w+): #(\\w{6});").matcher(SHEET);
    while (named.find()) {
      colours.putIfAbsent(named.group(1), Integer.parseInt(named.group(2), 16));
    }
    return colours;
  }

  private static String sheet() {
    try (InputStream sheet = PlotStyle.class.getResourceAsStream("plot.css")) {
      return new String(sheet.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
