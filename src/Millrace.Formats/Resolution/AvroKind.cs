namespace Millrace.Formats.Resolution;

/// <summary>What a schema is, logical types left aside: they do not change the bytes.</summary>
internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed,
}
