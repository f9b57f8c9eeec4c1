using System.Globalization;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Savepoints;

/// <summary>Keys as people write them: only where a type of them is built in, to find their key group without looking into all.</summary>
internal static class SchemaKeyText
{
    private delegate bool ParseDelegate(string text, DataWriter writer);

    private static readonly Dictionary<string, ParseDelegate> Leaves = new(StringComparer.Ordinal)
    {
        [SchemaKinds.Bool] = Parse<bool>,
        [SchemaKinds.Char] = Parse<char>,
        [SchemaKinds.String] = Parse<string>,
        [SchemaKinds.Float32] = Parse<float>,
        [SchemaKinds.Float64] = Parse<double>,
        [SchemaKinds.Decimal] = Parse<decimal>,
        [SchemaKinds.Guid] = Parse<Guid>,
        [SchemaKinds.DateTime] = Parse<DateTime>,
        [SchemaKinds.DateTimeOffset] = Parse<DateTimeOffset>,
        [SchemaKinds.TimeSpan] = Parse<TimeSpan>,
        [SchemaKinds.Date] = Parse<DateOnly>,
        [SchemaKinds.Time] = Parse<TimeOnly>,
    };

    /// <summary>The key group that a key is most likely in; <see langword="null"/> where the text does not say.</summary>
    /// <param name="schema">What the keys are.</param>
    /// <param name="text">The key.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    public static int? GroupOf(TypeSchema schema, string text, int maxParallelism)
    {
        DataWriter writer = new();
        if (ParserOf(schema)?.Invoke(text, writer) != true)
        {
            return null;
        }

        SchemaValue key = new(SchemaNode.Of(schema), writer.WrittenMemory);
        return KeyGroups.KeyGroupOf(new SchemaKeyHasher(isByForm: false).Hash(key), maxParallelism);
    }

    /// <summary>Whether a text, also one in the quotes of JSON, may be such a key.</summary>
    public static bool MayBe(TypeSchema schema, string text) => ParserOf(schema)?.Invoke(text.Trim('"'), new DataWriter()) != false;

    private static ParseDelegate? ParserOf(TypeSchema schema) =>
        Leaves.TryGetValue(schema.Kind, out ParseDelegate? leaf) ? leaf
        : SchemaKinds.SignedBits(schema.Kind) > 0 ? Parse<long>
        : SchemaKinds.UnsignedBits(schema.Kind) > 0 ? Parse<ulong>
        : null;

    private static bool Parse<T>(string text, DataWriter writer)
        where T : IParsable<T>
    {
        if (!T.TryParse(text, CultureInfo.InvariantCulture, out T? value))
        {
            return false;
        }

        TypeSerializers.For<T>().Serialize(value, writer);
        return true;
    }
}
