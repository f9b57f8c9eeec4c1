using System.Reflection;

namespace Millrace.Serialization;

/// <summary>A public member that makes up a record's state.</summary>
/// <param name="Member">The property or field.</param>
/// <param name="Type">Its type.</param>
/// <param name="Parameter">Constructor parameter that sets it, if any; otherwise it is assigned.</param>
/// <param name="Serializer">A <see cref="TypeSerializer{T}"/> of <paramref name="Type"/>.</param>
/// <param name="Schema">The serializer's schema.</param>
internal sealed record RecordMember(MemberInfo Member, Type Type, ParameterInfo? Parameter, object Serializer, TypeSchema Schema)
{
    public string Name => Member.Name;

    public bool IsCalled(string name) =>
        string.Equals(Name, name, StringComparison.Ordinal)
        || Member
            .GetCustomAttributes<RenamedFromAttribute>()
            .Any(attribute => string.Equals(attribute.Name, name, StringComparison.Ordinal));
}
