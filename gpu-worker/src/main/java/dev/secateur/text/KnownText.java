package dev.secateur.text;

import java.util.Map;

/**
 * Texts of the method's papers by their usual names, as on the hub (arXiv 2305.11627, section 4.1).
 */
public final class KnownText {
  private static final Map<String, String> REFERENCES =
      Map.of(
          "wikitext2",
          "hf:Salesforce/wikitext/wikitext-2-raw-v1/test-00000-of-00001.parquet#text",
          "ptb",
          "hf:ptb-text-only/ptb_text_only@refs/convert/parquet/penn_treebank/validation/0000.parquet"
              + "#sentence",
          "bookcorpus",
          "hf:bookcorpus/bookcorpus@refs/convert/parquet/plain_text/train/0000.parquet#text",
          "c4",
          "hf:allenai/c4/en/c4-train.00000-of-01024.json.gz#text",
          "dailydialog",
          "hf:li2017dailydialog/daily_dialog@refs/convert/parquet/default/train/0000.parquet#dialog",
          "alpaca",
          "hf:yahma/alpaca-cleaned/alpaca_data_cleaned.json");

  private KnownText() {}

  /** What a well-known name stands for; another name as it is. */
  public static String reference(String name) {
    return REFERENCES.getOrDefault(name, name);
  }
}
