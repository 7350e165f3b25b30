package dev.secateur.text;

import com.github.luben.zstd.Zstd;
import dev.secateur.protocol.InputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** Compression of Parquet pages, using the libraries directly: Parquet's own way needs Hadoop. */
final class ParquetCompression implements CompressionCodecFactory {
  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput bytes, int size) throws IOException {
        return BytesInput.from(decompressed(codec, array(bytes), size));
      }

      @Override
      public void decompress(ByteBuffer from, int length, ByteBuffer to, int size)
          throws IOException {
        byte[] bytes = new byte[length];
        from.get(bytes);
        to.put(decompressed(codec, bytes, size));
      }

      @Override
      public void release() {}
    };
  }

  private static byte[] decompressed(CompressionCodecName codec, byte[] bytes, int size)
      throws IOException {
    long claimed = codec == CompressionCodecName.SNAPPY ? Snappy.uncompressedLength(bytes) : size;
    if (size < 0 || claimed > RowFile.LARGEST_ROW) {
      throw new InputException(
          String.format(
              "a page claims %d bytes, more than the limit of %d MiB",
              claimed, RowFile.LARGEST_ROW >> 20));
    }
    return switch (codec) {
      case UNCOMPRESSED -> bytes;
      case SNAPPY -> Snappy.uncompress(bytes);
      case ZSTD -> Zstd.decompress(bytes, size);
      case GZIP -> new GZIPInputStream(new ByteArrayInputStream(bytes)).readNBytes(size);
      default -> throw unsupported(codec);
    };
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    return new BytesInputCompressor() {
      @Override
      public BytesInput compress(BytesInput bytes) throws IOException {
        return BytesInput.from(compressed(codec, array(bytes)));
      }

      @Override
      public CompressionCodecName getCodecName() {
        return codec;
      }

      @Override
      public void release() {}
    };
  }

  private static byte[] compressed(CompressionCodecName codec, byte[] bytes) throws IOException {
    return switch (codec) {
      case UNCOMPRESSED -> bytes;
      case SNAPPY -> Snappy.compress(bytes);
      case ZSTD -> Zstd.compress(bytes);
      case GZIP -> {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
          out.write(bytes);
        }
        yield compressed.toByteArray();
      }
      default -> throw unsupported(codec);
    };
  }

  private static byte[] array(BytesInput bytes) throws IOException {
    ByteArrayOutputStream array = new ByteArrayOutputStream(Math.toIntExact(bytes.size()));
    bytes.writeAllTo(array);
    return array.toByteArray();
  }

  private static IOException unsupported(CompressionCodecName codec) {
    return new IOException(codec + " compression is not supported; SNAPPY, ZSTD and GZIP are");
  }

  @Override
  public void release() {}
}
