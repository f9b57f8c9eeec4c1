using System.Collections;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace Millrace.Copying;

/// <summary>How objects of one actual type are copied.</summary>
internal abstract class CopyPlan
{
    private static readonly ConcurrentDictionary<Type, CopyPlan> Plans = new();

    public abstract object Copy(object value, ObjectCopier copier);

    public static CopyPlan Of(Type type) => Plans.TryGetValue(type, out CopyPlan? plan) ? plan : Plans.GetOrAdd(type, Choose);

    private static CopyPlan Choose(Type type)
    {
        if (Mutability.IsImmutable(type))
        {
            return SharingPlan.Instance;
        }

        if (type.IsValueType)
        {
            return Make(typeof(BoxPlan<>), type);
        }

        if (type.IsArray)
        {
            return type.IsSZArray ? Make(typeof(ArrayPlan<>), type.GetElementType()!)
                : Mutability.IsImmutable(type.GetElementType()!) ? CloningPlan.Instance
                : SharingPlan.Instance;
        }

        if (CollectionPlans.Of(type) is { } collection)
        {
            return collection;
        }

        if (typeof(JsonNode).IsAssignableFrom(type))
        {
            return new DelegatePlan(value => ((JsonNode)value).DeepClone());
        }

        if (type == typeof(StringBuilder))
        {
            return new DelegatePlan(value => new StringBuilder().Append((StringBuilder)value));
        }

        if (type == typeof(BitArray))
        {
            return CloningPlan.Instance;
        }

        if (
            type.GetInterfaces()
                .FirstOrDefault(each => each.IsGenericType && each.Name == "IDeepCloneable`1" && each.GetGenericArguments()[0] == type)
                ?.GetMethod("Clone") is
            { } clone
        )
        {
            return new DelegatePlan(value => clone.Invoke(value, null)!);
        }

        return IsPlainData(type, []) ? new PlainDataPlan(type) : SharingPlan.Instance;
    }

    /// <summary>
    /// Whether a class has nothing but values, plain collections and plain data: no service, no lock, nothing of .NET whose inside is not
    /// known.
    /// </summary>
    private static bool IsPlainData(Type type, HashSet<Type> underWay)
    {
        if (Mutability.IsImmutable(type) || !underWay.Add(type))
        {
            return true;
        }

        if (type.IsArray)
        {
            return IsPlainData(type.GetElementType()!, underWay);
        }

        if (CollectionPlans.IsPlain(type))
        {
            return type.GetGenericArguments().All(argument => IsPlainData(argument, underWay));
        }

        if (typeof(JsonNode).IsAssignableFrom(type) || type == typeof(StringBuilder) || type == typeof(BitArray))
        {
            return true;
        }

        bool isKnown =
            type.IsValueType
            || (
                type.IsClass
                && type != typeof(object)
                && !Mutability.IsFramework(type)
                && !typeof(IDisposable).IsAssignableFrom(type)
                && !typeof(IAsyncDisposable).IsAssignableFrom(type)
            );
        return isKnown && Mutability.FieldsOf(type).All(field => IsPlainData(field.FieldType, underWay));
    }

    public static CopyPlan Make(Type definition, params Type[] arguments) =>
        (CopyPlan)Activator.CreateInstance(definition.MakeGenericType(arguments))!;
}
