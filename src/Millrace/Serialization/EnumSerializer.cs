using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>
/// An enum as its underlying integer; the names are in the schema, and what was written with other numbers is read by name.
/// </summary>
internal sealed class EnumSerializer<T, TUnderlying>(TypeSerializer<TUnderlying> underlying) : TypeSerializer<T>
    where T : unmanaged, Enum
    where TUnderlying : unmanaged, IBinaryInteger<TUnderlying>
{
    private static readonly TypeSchema Present = EnumSchema.Of(typeof(T), TypeSerializers.For<TUnderlying>().Schema);

    public override TypeSchema Schema => Present;

    public override void Serialize(T value, DataWriter writer) => underlying.Serialize(Unsafe.BitCast<T, TUnderlying>(value), writer);

    public override T Deserialize(ref DataReader reader) => Unsafe.BitCast<TUnderlying, T>(underlying.Deserialize(ref reader));

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        TypeSchema number = EnumSchema.NumberOf(written);
        if (EnumSchema.IsEnum(written))
        {
            EnumMap? map = EnumMap.Between(written, typeof(T));
            if (map is not null || !string.Equals(number.Kind, Schema.Fields[0].Schema.Kind, StringComparison.Ordinal))
            {
                return new ByName(this, map, EnumSchema.IsSigned(number));
            }
        }

        TypeSerializer<TUnderlying> reading = underlying.ForWritten(number);
        return ReferenceEquals(reading, underlying) ? this : new EnumSerializer<T, TUnderlying>(reading);
    }

    private sealed class ByName(EnumSerializer<T, TUnderlying> present, EnumMap? map, bool isSigned) : TypeSerializer<T>
    {
        public override TypeSchema Schema => present.Schema;

        public override void Serialize(T value, DataWriter writer) => present.Serialize(value, writer);

        public override T Deserialize(ref DataReader reader)
        {
            ulong written = isSigned ? (ulong)reader.ReadVarInt64() : reader.ReadVarUInt64();
            ulong number = map?.Map(written) ?? written;
            TUnderlying value = TUnderlying.CreateTruncating(number);
            bool fits = EnumSchema.IsSigned(Present.Fields[0].Schema)
                ? long.CreateTruncating(value) == (long)number
                : ulong.CreateTruncating(value) == number;
            return fits ? Unsafe.BitCast<TUnderlying, T>(value) : ThrowTooWide(number, isSigned);
        }

        public override TypeSerializer<T> ForWritten(TypeSchema written) => present.ForWritten(written);

        private static T ThrowTooWide(ulong number, bool isSigned) =>
            throw new StateMigrationException(
                $"State holds the number {EnumSchema.Text(number, isSigned)} as a value of the enum '{typeof(T)}', whose numbers are "
                    + $"'{typeof(TUnderlying).Name}' now; give the enum its former type back."
            );
    }
}

/// <summary>Numbers of an enum as it was, to those it has today: by name. What had no name keeps its number.</summary>
internal sealed class EnumMap
{
    private readonly Type _type;
    private readonly bool _isFlags;
    private readonly bool _isSigned;
    private readonly Dictionary<ulong, ulong> _present = [];
    private readonly Dictionary<ulong, string> _gone = [];
    private readonly ulong[] _composites;

    private EnumMap(Type type, TypeSchema written)
    {
        _type = type;
        _isFlags = string.Equals(written.Kind, SchemaKinds.Flags, StringComparison.Ordinal);
        _isSigned = EnumSchema.IsSigned(EnumSchema.NumberOf(written));
        Dictionary<string, ulong> today = EnumSchema.NumbersOf(type);
        foreach (
            IGrouping<ulong, string> names in EnumSchema.ConstantsOf(written).GroupBy(constant => constant.Bits, constant => constant.Name)
        )
        {
            ulong[] numbers = [.. names.Where(today.ContainsKey).Select(name => today[name]).Distinct()];
            if (numbers.Length == 1)
            {
                _present.Add(names.Key, numbers[0]);
            }
            else if (names.Key != 0 || !_isFlags)
            {
                _gone.Add(names.Key, string.Join("' or '", names));
            }
        }

        _composites = [.. _present.Keys.Concat(_gone.Keys).Where(static bits => BitOperations.PopCount(bits) > 1).OrderDescending()];
    }

    /// <summary>The map, or <see langword="null"/> where every number is what it was.</summary>
    public static EnumMap? Between(TypeSchema written, Type type)
    {
        EnumMap map = new(type, written);
        return map._gone.Count == 0 && map._present.All(static constant => constant.Key == constant.Value) ? null : map;
    }

    public ulong Map(ulong written)
    {
        if (_isFlags && written != 0)
        {
            return MapFlags(written);
        }

        if (_present.TryGetValue(written, out ulong present))
        {
            return present;
        }

        return _gone.TryGetValue(written, out string? names) ? ThrowGone(names, written) : written;
    }

    private ulong MapFlags(ulong written)
    {
        ulong mapped = 0;
        ulong rest = written;
        for (ulong left = written; left != 0; left &= left - 1)
        {
            ulong bit = left & (~left + 1);
            Take(bit, ref mapped, ref rest);
        }

        foreach (ulong bits in _composites)
        {
            if ((written & bits) == bits && (rest & bits) != 0)
            {
                Take(bits, ref mapped, ref rest);
            }
        }

        return mapped | rest;
    }

    private void Take(ulong bits, ref ulong mapped, ref ulong rest)
    {
        if (_present.TryGetValue(bits, out ulong present))
        {
            mapped |= present;
            rest &= ~bits;
        }
        else if (_gone.TryGetValue(bits, out string? names))
        {
            ThrowGone(names, bits);
        }
    }

    private ulong ThrowGone(string names, ulong written) =>
        throw new StateMigrationException(
            $"State holds '{names}' ({EnumSchema.Text(written, _isSigned)}) of the enum '{_type}', which has no such constant any more, or "
                + "more than one for it; "
                + $"put the constant back, or mark the one that takes its place with [RenamedFrom(\"{names}\")]."
        );
}

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

    /// <summary>What a number was called at the time of writing, flags separated by commas; <see langword="null"/> = nothing.</summary>
    public static string? NameOf(TypeSchema written, ulong bits)
    {
        (string Name, ulong Bits)[] constants = [.. ConstantsOf(written)];
        string? name = Array.Find(constants, constant => constant.Bits == bits).Name;
        if (name is not null || !string.Equals(written.Kind, SchemaKinds.Flags, StringComparison.Ordinal) || bits == 0)
        {
            return name;
        }

        List<string> names = [];
        foreach ((string flag, ulong mask) in constants.OrderByDescending(static constant => constant.Bits))
        {
            if (mask != 0 && (bits & mask) == mask)
            {
                names.Insert(0, flag);
                bits &= ~mask;
            }
        }

        return bits == 0 ? string.Join(", ", names) : null;
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
