using System.Numerics;

namespace Millrace.Serialization;

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
