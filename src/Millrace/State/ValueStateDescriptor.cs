using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Describes an <see cref="IValueState{T}"/>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="defaultValue">What a key without a value has.</param>
/// <param name="serializer">Own serializer; <see langword="null"/> = the type's.</param>
public sealed class ValueStateDescriptor<T>(string name, T? defaultValue = default, TypeSerializer<T>? serializer = null)
    : StateDescriptor(name)
{
    /// <summary>What a key without a value has.</summary>
    public T? DefaultValue { get; } = defaultValue;

    internal TypeSerializer<T> Serializer { get; } = Checked(SerializerOf(name, serializer), defaultValue);

    private static TypeSerializer<T> Checked(TypeSerializer<T> serializer, T? defaultValue)
    {
        if (defaultValue is not null && ValueCheck.IsNeeded(serializer.Schema))
        {
            ValueCheck.Require(serializer, defaultValue);
        }

        return serializer;
    }
}
