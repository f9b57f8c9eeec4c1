using System.Globalization;
using System.Reflection;

namespace Millrace.Serialization;

/// <summary>
/// The schema of an enum: its values are written as numbers, so the schema says of which kind they are and which name each number has.
/// Checkpoints of earlier versions have the number alone.
/// </summary>
internal static class EnumSchema
{
    private const char Separator = '=';
    private static readonly TypeSchema Constant = TypeSchema.Leaf("constant");

    public static TypeSchema Of(Type type, TypeSchema number) =>
        new(
            type.IsDefined(typeof(FlagsAttribute), inherit: false) ? SchemaKinds.Flags : SchemaKinds.Enum,
            type.Name,
            [
                new TypeSchema.Field("number", number),
                .. ConstantsOf(type)
                    .OrderBy(constant => constant.Bits)
                    .ThenBy(constant => constant.Name, StringComparer.Ordinal)
                    .Select(constant => new TypeSchema.Field(constant.Name + Separator + Text(constant.Bits, IsSigned(number)), Constant)),
            ]
        );

    public static bool IsEnum(TypeSchema schema) => schema.Kind is SchemaKinds.Enum or SchemaKinds.Flags && schema.Fields.Count > 0;

    /// <summary>What the values are written as.</summary>
    public static TypeSchema NumberOf(TypeSchema schema) => IsEnum(schema) ? schema.Fields[0].Schema : schema;

    public static bool IsSigned(TypeSchema number) => SchemaKinds.SignedBits(number.Kind) > 0;

    /// <summary>Names and numbers at the time of writing.</summary>
    public static IEnumerable<(string Name, ulong Bits)> ConstantsOf(TypeSchema written)
    {
        for (int i = 1; i < written.Fields.Count; i++)
        {
            string field = written.Fields[i].Name;
            int at = field.LastIndexOf(Separator);
            if (at >= 0 && TryParse(field.AsSpan(at + 1), out ulong bits))
            {
                yield return (field[..at], bits);
            }
        }
    }

    /// <summary>Names and numbers of today.</summary>
    public static IEnumerable<(string Name, ulong Bits)> ConstantsOf(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (field.Name, BitsOf(field)));

    /// <summary>The numbers of today by each name that they have or had.</summary>
    public static Dictionary<string, ulong> NumbersOf(Type type)
    {
        Dictionary<string, ulong> numbers = ConstantsOf(type)
            .ToDictionary(constant => constant.Name, constant => constant.Bits, StringComparer.Ordinal);
        foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public))
        {
            foreach (RenamedFromAttribute renamed in field.GetCustomAttributes<RenamedFromAttribute>())
            {
                numbers.TryAdd(renamed.Name, BitsOf(field));
            }
        }

        return numbers;
    }

    public static string Text(ulong bits, bool isSigned) =>
        isSigned ? ((long)bits).ToString(CultureInfo.InvariantCulture) : bits.ToString(CultureInfo.InvariantCulture);

    private static ulong BitsOf(FieldInfo field) =>
        field.GetRawConstantValue() is ulong unsigned
            ? unsigned
            : (ulong)Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture);

    private static bool TryParse(ReadOnlySpan<char> text, out ulong bits)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits))
        {
            return true;
        }

        bool isNegative = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        bits = (ulong)number;
        return isNegative;
    }
}
